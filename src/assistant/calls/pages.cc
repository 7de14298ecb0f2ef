#include "assistant/calls/pages.h"

namespace troupe::assistant::calls {

Pages::Pages(Caller& caller, Journal& journal, Service service, std::string operation, JsonObject arguments,
             CallContext context, PageLimits limits)
    : caller_(caller),
      journal_(journal),
      service_(std::move(service)),
      operation_(std::move(operation)),
      context_(std::move(context)),
      limits_(limits),
      at_{.arguments = std::move(arguments), .next_url = {}} {
  const auto* offered = service_.pack->find(operation_);
  if (!offered || offered->paging.size.empty() || at_.arguments.contains(offered->paging.size)) return;
  const auto* properties = matrix::find_object(offered->operation.arguments, "properties");
  if (properties && properties->contains(offered->paging.size))
    at_.arguments[offered->paging.size] = offered->paging.page_size;
}

Task<CallOutcome> Pages::ask() {
  auto context = context_;
  context.call_id += "/page" + std::to_string(at_.pages + 1);
  if (!at_.next_url.empty()) return caller_.call_link(service_, operation_, at_.next_url, std::move(context), journal_);
  return caller_.call(service_, operation_, at_.arguments, std::move(context), journal_);
}

Task<std::optional<Page>> Pages::next() {
  if (at_.ended) co_return std::optional<Page>();
  if (is_cancelled(context_)) co_return Error(Errc::conflict, "cancelled");
  const auto* offered = service_.pack->find(operation_);
  if (!offered || offered->operation.writes)
    co_return Error(Errc::invalid_param, report::quoted(operation_) + " is no list of this service");
  auto asking = ask();
  auto outcome = co_await std::move(asking);
  at_.ended = true;
  if (!outcome) co_return std::move(outcome).error();
  ++at_.pages;
  Page page{.outcome = *std::move(outcome), .entries = {}};
  if (page.outcome.state != CallState::done) co_return page;
  if (page.outcome.past_end) co_return at_.pages == 1 ? std::optional(std::move(page)) : std::nullopt;
  if (const auto* items = packs::items_of(offered->paging, page.outcome.answer)) page.entries = *items;
  go_on(offered->paging, page);
  co_return page;
}

void Pages::go_on(const packs::Paging& paging, Page& page) {
  const auto& outcome = page.outcome;
  at_.bytes += matrix::canonical_json(outcome.answer).size();
  auto next = packs::next_page(paging, at_.arguments, outcome.status, outcome.answer);
  const bool by_link =
      paging.style == packs::PagingStyle::link && !outcome.next_url.empty() && outcome.next_url != at_.next_url;
  const auto room = limits_.entries - std::min(limits_.entries, at_.entries);
  const bool too_many = page.entries.size() > room;
  if (too_many) page.entries.erase(page.entries.begin() + static_cast<std::ptrdiff_t>(room), page.entries.end());
  at_.entries += page.entries.size();
  const bool full = at_.pages >= limits_.pages || at_.entries >= limits_.entries || at_.bytes >= limits_.bytes;
  const bool more = next || by_link;
  page.cut = too_many || (more && full);
  at_.ended = !more || full;
  if (next) at_.arguments = *std::move(next);
  if (by_link) at_.next_url = outcome.next_url;
}

}  // namespace troupe::assistant::calls
