// /api/v1/spending: what bots' language models cost, by day.
#include "api/paging.h"
#include "api/shape.h"
#include "fleet/routes/fleet_routes.h"
#include "fleet/routes/spending_door.h"
#include "net/route/params.h"

namespace troupe::fleet::routes {
namespace {

struct SumView {
  models::SpendingSum sum;
  std::optional<models::Micros> limit;
};

}  // namespace
}  // namespace troupe::fleet::routes

namespace troupe::api {

using fleet::models::CallState;
using fleet::models::ModelCall;
using fleet::models::SpendingSum;
using fleet::routes::SumView;

template <>
struct Words<fleet::models::Scope> {
  using Scope = fleet::models::Scope;
  static constexpr std::string_view name = {};
  static constexpr Scope values[] = {Scope::person, Scope::bot, Scope::tenant};
  static std::string_view word(Scope scope) { return fleet::models::kScopes[static_cast<std::size_t>(scope)]; }
};
template <>
struct Words<CallState> {
  static constexpr std::string_view name = {};
  static constexpr CallState values[] = {CallState::reserved, CallState::settled, CallState::estimated,
                                         CallState::unpriced, CallState::expired};
  static std::string_view word(CallState state) { return fleet::models::kCallStates[static_cast<std::size_t>(state)]; }
};

Shape<SumView> make_shape(Of<SumView>) {
  constexpr std::string_view kMicro = "In millionths of the prices' currency.";
  return Shape<SumView>::part(
      {made<[](const SumView& view) { return fleet::models::write_day(view.sum.day); }>("day"),
       member<&SumView::sum, &SpendingSum::scope>("by"),
       member<&SumView::sum, &SpendingSum::who>(
           "who", {.description = "A user id or a bot's id; empty for the tenant.", .may_lack = true}),
       member<&SumView::sum, &SpendingSum::spent>("spent_micros", {.description = kMicro}),
       member<&SumView::sum, &SpendingSum::reserved>("reserved_micros",
                                                     {.description = "Put aside for calls that are under way."}),
       member<&SumView::limit>("limit_micros", {.description = "The server's limit of a day. Absent: none."}),
       member<&SumView::sum, &SpendingSum::calls>("calls", {.description = "That have ended."}),
       member<&SumView::sum, &SpendingSum::estimated>(
           "estimated", {.description = "Of those: their tokens were estimated, or their price is not known."}),
       member<&SumView::sum, &SpendingSum::tokens_in>("tokens_in"),
       member<&SumView::sum, &SpendingSum::tokens_out>("tokens_out")});
}

Shape<ModelCall> make_shape(Of<ModelCall>) {
  return Shape<ModelCall>::part(
      {member<&ModelCall::id>("id"), time<&ModelCall::at_ms>("at"), member<&ModelCall::bot_id>("bot_id"),
       member<&ModelCall::person>("person"), member<&ModelCall::endpoint>("endpoint"),
       member<&ModelCall::model>("model"),
       member<&ModelCall::state>("state",
                                 {.description = "settled: by the server's count. estimated: the server did not count. "
                                                 "unpriced: nobody has said what the model costs. expired: the process "
                                                 "went away, and all that was reserved counts as spent."}),
       member<&ModelCall::reserved>("reserved_micros"), member<&ModelCall::spent>("spent_micros"),
       member<&ModelCall::tokens_in>("tokens_in"), member<&ModelCall::tokens_out>("tokens_out")});
}

}  // namespace troupe::api

namespace troupe::fleet::routes {
namespace {

using models::Scope;
using net::http::Response;
using net::route::Call;

constexpr net::route::Tag kSpendingTag{"spending", "What language models cost, by day, person, bot and tenant."};
constexpr std::string_view kDaySchema = R"({"type":"string","format":"date"})";

/// What the handlers use. Lives as long as the route table.
struct SpendingApi {
  api::Kit kit;
  SpendingDoor spending;
  const base::Clock& clock;
};

/// ?day=; today when it is not there. Error: invalid_param.
Result<std::int64_t> wanted_day(const SpendingApi& spending, const net::http::Request& request) {
  const auto given = request.query_value("day");
  if (!given || given->empty()) return models::day_of(spending.clock.unix_ms());
  if (const auto day = models::parse_day(*given)) return *day;
  return Error(Errc::invalid_param, "day must be a date like 2026-11-20.");
}

std::optional<models::Micros> limit_of(const models::SpendingLimits& limits, Scope scope) {
  switch (scope) {
    case Scope::person:
      return limits.person;
    case Scope::bot:
      return limits.bot;
    case Scope::tenant:
      return limits.tenant;
  }
  return std::nullopt;
}

Task<Response> list_spending(SpendingApi& spending, Call& call) {
  CO_TRY(const auto at, api::paging(call.request));
  CO_TRY(const auto day, wanted_day(spending, call.request));
  CO_TRY(const auto by, net::route::query_choice(call.request, "by", {"person", "bot", "tenant"}));
  const auto word = by.value_or("bot");
  const auto scope = word == "person" ? Scope::person : word == "bot" ? Scope::bot : Scope::tenant;
  CO_TRY(auto found, co_await spending.spending.sums(call, day, scope, at.from, at.limit));
  const auto limit = limit_of(spending.spending.limits(), scope);
  boost::json::array items;
  for (auto& sum : found.items) items.push_back(api::write(SumView{.sum = std::move(sum), .limit = limit}));
  co_return api::reply(api::page(std::move(items), found.total, at));
}

Task<Response> list_model_calls(SpendingApi& spending, Call& call) {
  CO_TRY(const auto at, api::paging(call.request));
  CO_TRY(const auto day, wanted_day(spending, call.request));
  CO_TRY(auto bot_id, net::route::query_search(call.request, "bot_id"));
  CO_TRY(auto person, net::route::query_search(call.request, "person"));
  CO_TRY(auto found,
         co_await spending.spending.calls(call, day, std::move(bot_id), std::move(person), at.from, at.limit));
  co_return api::reply(api::page(api::write_all(found.items), found.total, at));
}

}  // namespace

void add_spending_routes(host::Context& c, models::Spending& money) {
  auto& spending =
      c.make<SpendingApi>(SpendingApi{.kit = api::kit_of(c), .spending = SpendingDoor(money), .clock = c.clock()});
  api::add_shape(spending.kit, "SpendingPage", api::page_schema<SumView>({.description = "The dearest first."}));
  api::add_shape(spending.kit, "ModelCallPage", api::page_schema<models::ModelCall>({.description = "Newest first."}));
  const api::Group group(
      c.routes(),
      {.prefix = "/api/v1/spending", .needs = net::route::Access::operator_, .scope = "bots", .tag = kSpendingTag});
  const net::route::QueryParam day{
      .name = "day", .description = "A UTC day; without it the present one", .schema = kDaySchema};
  group.add({.method = "GET",
             .summary = "What language models cost on a day, by person, bot or tenant",
             .reply = TROUPE_REF("SpendingPage"),
             .query = api::paging_params(
                 {day,
                  {.name = "by",
                   .description = "Whose sums",
                   .schema = R"({"type":"string","enum":["person","bot","tenant"],"default":"bot"})"}}),
             .run = api::bind(list_spending, spending)});
  group.add(
      {.method = "GET",
       .path = "/calls",
       .summary = "Single calls of language models on a day, with their tokens and costs",
       .reply = TROUPE_REF("ModelCallPage"),
       .query = api::paging_params(
           {day,
            {.name = "bot_id", .description = "Of this bot only", .schema = R"({"type":"string","maxLength":200})"},
            {.name = "person",
             .description = "Of this person only",
             .schema = R"({"type":"string","maxLength":200})"}}),
       .run = api::bind(list_model_calls, spending)});
}

}  // namespace troupe::fleet::routes
