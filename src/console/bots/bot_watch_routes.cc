// How a bot fares: /api/v1/bots/{bot_id}/logs, /logs/live, /usage.
#include <boost/asio/this_coro.hpp>

#include "console/api.h"
#include "console/live/event_stream.h"
#include "console/shapes/schema.h"
#include "console/shapes/views.h"
#include "fleet/bots/bot_log.h"

namespace troupe::console {
namespace {

using net::Access;
using net::Call;
using net::Response;

constexpr std::int64_t kMaxHours = 2'160;
constexpr std::int64_t kLivePage = 500;
constexpr int kMaxStreams = 256;
constexpr std::int64_t kMaxSeq = 9'000'000'000'000'000;

Task<Response> logs(Api& api, Call& call) {
  fleet::LogQuery query;
  CO_TRY(query.limit, number(call.request, "limit", 200, 1, 1'000));
  CO_TRY(query.search, search_text(call.request));
  if (auto given = call.request.query_value("after"); given && !given->empty()) {
    CO_TRY(query.after, number(call.request, "after", 0, 0, kMaxSeq));
  }
  CO_TRY(auto page, co_await api.bots.logs(tenant(call), call.param("bot_id"), std::move(query)));
  boost::json::array items;
  for (const auto& line : page.items) items.push_back(log_view(line));
  co_return reply(boost::json::object{{"items", std::move(items)}, {"next_after", page.next_after}});
}

Task<Response> usage(Api& api, Call& call) {
  CO_TRY(auto hours, number(call.request, "hours", 24, 1, kMaxHours));
  CO_TRY(auto found, co_await api.bots.usage(tenant(call), call.param("bot_id"), hours));
  boost::json::array items;
  for (const auto& hour : found) items.push_back(usage_view(hour));
  co_return reply(boost::json::object{{"items", std::move(items)}});
}

struct Watch {
  net::Caller caller;
  std::string bot_id;
  fleet::BotKey bot;
  std::int64_t after;
};

Task<Unit> stream(Api& api, net::BodyWriter& writer, Watch watch) {
  StreamLife life(api, watch.caller, co_await asio::this_coro::executor);
  // Listen first, look second.
  auto on_lines =
      api.context.bus().subscribe(fleet::log_channel(watch.bot), [ring = life.ringer()](std::string_view) { ring(); });
  CO_TRY(co_await writer.write("retry: 2000\n" + sse_event("hello", watch.after, {{"after", watch.after}})));
  for (;;) {
    CO_TRY(const bool goes_on, co_await life.goes_on());
    if (!goes_on) co_return Unit{};
    for (;;) {
      fleet::LogQuery query;
      query.after = watch.after;
      query.limit = kLivePage;
      auto page = co_await api.bots.logs(watch.caller.tenant_id, watch.bot_id, std::move(query));
      if (!page) co_return std::unexpected(std::move(page).error());  // deleted, most likely
      std::string text;
      for (const auto& line : page->items) text += sse_event("line", line.seq, log_view(line));
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

Task<Response> live(Api& api, Call& call, StreamLimit streams) {
  CO_TRY(auto bot, co_await api.bots.get(tenant(call), call.param("bot_id")));
  CO_TRY(auto after, resume_from(call.request, "after"));
  if (!after) {
    // From now on: the newest number there is.
    CO_TRY(auto newest, co_await api.bots.logs(tenant(call), bot.bot.bot_id, {.after = {}, .limit = 1, .search = {}}));
    after = newest.next_after;
  }
  CO_TRY(auto slot, streams.enter(*call.caller));
  Watch watch{.caller = *call.caller, .bot_id = bot.bot.bot_id, .bot = bot.bot.id, .after = *after};
  co_return event_stream([&api, watch, slot](net::BodyWriter& writer) { return stream(api, writer, watch); });
}

}  // namespace

void add_bot_watch_routes(Api& api) {
  const std::string one = "/api/v1/bots/{bot_id}";
  const net::QueryParam after{.name = "after",
                              .description = "Lines after this number; without it the newest ones",
                              .schema = R"({"type":"integer","minimum":0})"};
  add_route(api,
            {.method = "GET",
             .path = one + "/logs",
             .needs = Access::operator_,
             .scope = "bots",
             .tag = "bots",
             .summary = "What a bot and its brain or program wrote, oldest first",
             .reply = TROUPE_REF("BotLog"),
             .query = {after,
                       {.name = "limit",
                        .description = "How many lines",
                        .schema = R"({"type":"integer","minimum":1,"maximum":1000,"default":200})"},
                       {.name = "search", .description = "Part of the text"}}},
            logs);
  add_route(api,
            {.method = "GET",
             .path = one + "/usage",
             .needs = Access::user,
             .scope = "bots",
             .tag = "bots",
             .summary = "Answers, failures, latency and tokens by hour",
             .reply = TROUPE_REF("BotUsage"),
             .query = {{.name = "hours",
                        .description = "How many hours back",
                        .schema = R"({"type":"integer","minimum":1,"maximum":2160,"default":24})"}}},
            usage);
  StreamLimit streams(kMaxStreams);
  auto route = stream_route(one + "/logs/live", Access::operator_, "bots",
                            "The log as server-sent events: hello, line (resumes with Last-Event-ID)", after);
  route.run = [&api, streams](Call& call) { return live(api, call, streams); };
  api.context.routes().add(std::move(route));
}

}  // namespace troupe::console
