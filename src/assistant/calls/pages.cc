#include "assistant/calls/pages.h"

namespace troupe::assistant::calls {

Pages::Pages(Caller& caller, Journal& journal, Service service, std::string operation, JsonObject arguments,
             CallContext context, PageLimits limits)
    : caller_(caller),
      journal_(journal),
      service_(std::move(service)),
      operation_(std::move(operation)),
      arguments_(std::move(arguments)),
      context_(std::move(context)),
      limits_(limits) {
  const auto* offered = service_.pack->find(operation_);
  if (!offered || offered->paging.size.empty() || arguments_.contains(offered->paging.size)) return;
  const auto* properties = matrix::find_object(offered->operation.arguments, "properties");
  if (properties && properties->contains(offered->paging.size))
    arguments_[offered->paging.size] = offered->paging.page_size;
}

Task<CallOutcome> Pages::ask() {
  auto context = context_;
  context.call_id += "/page" + std::to_string(pages_ + 1);
  if (!next_url_.empty()) return caller_.call_link(service_, operation_, next_url_, std::move(context), journal_);
  return caller_.call(service_, operation_, arguments_, std::move(context), journal_);
}

Task<std::optional<Page>> Pages::next() {
  if (ended_) co_return std::optional<Page>();
  if (is_cancelled(context_)) co_return Error(Errc::conflict, "cancelled");
  const auto* offered = service_.pack->find(operation_);
  if (!offered || offered->operation.writes)
    co_return Error(Errc::invalid_param, report::quoted(operation_) + " is no list of this service");
  auto asking = ask();
  auto outcome = co_await std::move(asking);
  ended_ = true;
  if (!outcome) co_return std::move(outcome).error();
  ++pages_;
  Page page{.outcome = *std::move(outcome), .entries = {}};
  if (page.outcome.state != CallState::done) co_return page;
  if (page.outcome.past_end) co_return pages_ == 1 ? std::optional(std::move(page)) : std::nullopt;
  if (const auto* items = packs::items_of(offered->paging, page.outcome.answer)) page.entries = *items;
  go_on(offered->paging, page);
  co_return page;
}

void Pages::go_on(const packs::Paging& paging, Page& page) {
  const auto& outcome = page.outcome;
  bytes_ += matrix::canonical_json(outcome.answer).size();
  auto next = packs::next_page(paging, arguments_, outcome.status, outcome.answer);
  const bool by_link =
      paging.style == packs::PagingStyle::link && !outcome.next_url.empty() && outcome.next_url != next_url_;
  const auto room = limits_.entries - std::min(limits_.entries, entries_);
  const bool too_many = page.entries.size() > room;
  if (too_many) page.entries.erase(page.entries.begin() + static_cast<std::ptrdiff_t>(room), page.entries.end());
  entries_ += page.entries.size();
  const bool full = pages_ >= limits_.pages || entries_ >= limits_.entries || bytes_ >= limits_.bytes;
  const bool more = next || by_link;
  page.cut = too_many || (more && full);
  ended_ = !more || full;
  if (next) arguments_ = *std::move(next);
  if (by_link) next_url_ = outcome.next_url;
}

}  // namespace troupe::assistant::calls
