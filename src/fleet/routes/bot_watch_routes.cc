// How a bot fares: /api/v1/bots/{bot_id}/logs, /logs/live, /usage, /turns/{event_id}/record.
#include <boost/asio/this_coro.hpp>

#include "api/event_stream.h"
#include "api/words.h"
#include "fleet/bots/bot_log.h"
#include "fleet/routes/bot_views.h"
#include "fleet/routes/fleet_routes.h"
#include "fleet/routes/shape_tables.h"
#include "net/route/params.h"

namespace troupe::fleet::routes {
namespace {

using namespace api::words;

constexpr net::route::NumberRange kLines{.otherwise = 200, .least = 1, .most = 1'000};
constexpr net::route::NumberRange kAfter{.otherwise = 0, .least = 0, .most = 9'000'000'000'000'000};
constexpr net::route::NumberRange kHours{.otherwise = 24, .least = 1, .most = 2'160};
constexpr std::int64_t kLivePage = 500;
constexpr int kMaxStreams = 256;

Task<Response> list_log_lines(FleetApi& fleet, Call& call) {
  LogQuery query;
  CO_TRY(query.limit, net::route::query_number(call.request, "limit", kLines));
  CO_TRY(query.search, net::route::query_search(call.request));
  if (auto given = call.request.query_value("after"); given && !given->empty()) {
    CO_TRY(query.after, net::route::query_number(call.request, "after", kAfter));
  }
  CO_TRY(auto page, co_await fleet.bots(call).logs(call.param("bot_id"), std::move(query)));
  co_return api::answer(page);
}

Task<Response> list_usage(FleetApi& fleet, Call& call) {
  CO_TRY(auto hours, net::route::query_number(call.request, "hours", kHours));
  CO_TRY(auto found, co_await fleet.bots(call).usage(call.param("bot_id"), hours));
  co_return reply(boost::json::object{{"items", api::write_all(found)}});
}

Task<Response> show_turn_record(FleetApi& fleet, Call& call) {
  const auto& bot_id = call.param("bot_id");
  CO_TRY(auto kept, co_await fleet.bots(call).turn_record(bot_id, call.param("event_id")));
  // It shows what people wrote.
  co_await api::audit(fleet.kit, call, "bot.turn_read", bot_id, {{"event_id", kept.event_id}});
  co_return reply(turn_record_view(bot_id, std::move(kept)));
}

struct Watch {
  net::route::Caller caller;
  std::string bot_id;
  BotKey bot;
  std::int64_t after;
};

Task<Unit> stream(FleetApi& fleet, net::http::BodyWriter& writer, Watch watch) {
  const auto bots = fleet.bots(watch.caller);
  api::StreamLife life(fleet.kit, watch.caller, co_await asio::this_coro::executor);
  // Listen first, look second.
  auto on_lines =
      fleet.kit.bus.subscribe(bots::log_channel(watch.bot), [notify = life.notifier()](std::string_view) { notify(); });
  CO_TRY(co_await writer.write("retry: 2000\n" + api::sse_event("hello", watch.after, {{"after", watch.after}})));
  for (;;) {
    CO_TRY(const bool goes_on, co_await life.goes_on());
    if (!goes_on) co_return Unit{};
    for (;;) {
      LogQuery query;
      query.after = watch.after;
      query.limit = kLivePage;
      auto page = co_await bots.logs(watch.bot_id, std::move(query));
      if (!page) co_return std::unexpected(std::move(page).error());  // deleted, most likely
      std::string text;
      for (const auto& line : page->items) text += api::sse_event("line", line.seq, api::write(line));
      const bool more = std::ssize(page->items) == kLivePage;
      watch.after = std::max(watch.after, page->next_after);
      if (!text.empty()) {
        CO_TRY(co_await writer.write(std::move(text)));
      }
      if (!more) break;
    }
    CO_TRY(co_await life.wait(writer));
  }
}

Task<Response> follow_log(FleetApi& fleet, Call& call, api::StreamLimit streams) {
  CO_TRY(auto bot, co_await fleet.bots(call).get(call.param("bot_id")));
  CO_TRY(auto after, api::resume_from(call.request, "after"));
  if (!after) {
    // From now on: the newest number there is.
    CO_TRY(auto newest, co_await fleet.bots(call).logs(bot.bot.bot_id, {.after = {}, .limit = 1, .search = {}}));
    after = newest.next_after;
  }
  CO_TRY(auto slot, streams.enter(*call.caller));
  Watch watch{.caller = *call.caller, .bot_id = bot.bot.bot_id, .bot = bot.bot.id, .after = *after};
  co_return api::event_stream(
      [&fleet, watch, slot](net::http::BodyWriter& writer) { return stream(fleet, writer, watch); });
}

}  // namespace

void add_bot_watch_routes(const api::Group& group, FleetApi& fleet) {
  const net::route::QueryParam after{.name = "after",
                                     .description = "Lines after this number; without it the newest ones",
                                     .schema = R"({"type":"integer","minimum":0})"};
  group.add({.method = "GET",
             .path = "/bots/{bot_id}/logs",
             .summary = "What a bot and its brain or program wrote, oldest first",
             .needs = Access::operator_,
             .reply = TROUPE_REF("BotLog"),
             .query = {after,
                       {.name = "limit",
                        .description = "How many lines",
                        .schema = R"({"type":"integer","minimum":1,"maximum":1000,"default":200})"},
                       {.name = "search", .description = "Part of the text"}},
             .run = api::bind(list_log_lines, fleet)});
  group.add({.method = "GET",
             .path = "/bots/{bot_id}/usage",
             .summary = "Answers, failures, latency and tokens by hour",
             .reply = TROUPE_REF("BotUsage"),
             .query = {{.name = "hours",
                        .description = "How many hours back",
                        .schema = R"({"type":"integer","minimum":1,"maximum":2160,"default":24})"}},
             .run = api::bind(list_usage, fleet)});
  group.add({.method = "GET",
             .path = "/bots/{bot_id}/turns/{event_id}/record",
             .summary = "What a bot answered a message from, while it is kept (keep.answered_from_days)",
             .needs = Access::operator_,
             .reply = TROUPE_REF("TurnRecord"),
             .run = api::bind(show_turn_record, fleet)});
  const api::StreamLimit streams(kMaxStreams);
  auto live = api::stream_operation("/bots/{bot_id}/logs/live",
                                    "The log as server-sent events: hello, line (resumes with Last-Event-ID)", after,
                                    [&fleet, streams](Call& call) { return follow_log(fleet, call, streams); });
  live.needs = Access::operator_;
  group.add(std::move(live));
}

}  // namespace troupe::fleet::routes
