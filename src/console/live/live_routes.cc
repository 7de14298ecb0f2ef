// GET /api/v1/live: changes of bots and users as server-sent events, resumable by the number of the last one seen.
#include <boost/asio/this_coro.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <set>

#include "api/caller.h"
#include "api/event_stream.h"
#include "api/group.h"
#include "base/mutex.h"
#include "console/live/live_routes.h"
#include "console/users/import_status.h"
#include "fleet/routes/bot_views.h"
#include "fleet/routes/shape_tables.h"

namespace troupe::console::live {
namespace {

using api::has_scope;
using api::visible_tenant;
using fleet::routes::sees_settings;
using net::http::Response;
using net::route::Call;

constexpr std::int64_t kPage = 100;
/// Further behind than this the lists are fetched again instead.
constexpr std::int64_t kTooFar = 500;
constexpr int kMaxStreams = 256;

struct Watch {
  net::route::Caller caller;
  std::optional<std::int64_t> since;
  bool users;    ///< may hear of accounts
  bool imports;  ///< may hear of imports
  bool whole;    ///< sees how bots are set up
};

/// The bots whose trouble was published and not yet sent.
class Troubled {
 public:
  explicit Troubled(std::int64_t tenant_id) : tenant_id_(tenant_id) {}
  /// False: another tenant's.
  bool put(std::string_view text) {
    std::int64_t tenant_id = 0;
    fleet::BotKey bot = 0;
    const auto space = std::min(text.find(' '), text.size());
    const auto rest = text.substr(std::min(space + 1, text.size()));
    std::from_chars(text.data(), text.data() + space, tenant_id);
    std::from_chars(rest.data(), rest.data() + rest.size(), bot);
    if (tenant_id != tenant_id_ || bot == 0) return false;
    const base::Lock lock(mutex_);
    bots_.insert(bot);
    return true;
  }
  std::set<fleet::BotKey> take() {
    const base::Lock lock(mutex_);
    return std::exchange(bots_, {});
  }

 private:
  const std::int64_t tenant_id_;
  base::Mutex mutex_;
  std::set<fleet::BotKey> bots_ GUARDED_BY(mutex_);
};

/// The newest thing that was published and not yet sent.
class Latest {
 public:
  void put(std::string_view text) {
    const base::Lock lock(mutex_);
    text_ = text;
  }
  std::string take() {
    const base::Lock lock(mutex_);
    return std::exchange(text_, {});
  }

 private:
  base::Mutex mutex_;
  std::string text_ GUARDED_BY(mutex_);
};

/// Sends the changes after `last` and moves it.
Task<Unit> send_changes(LiveApi& console, net::http::BodyWriter& writer, const Watch& watch, std::int64_t& last) {
  CO_TRY(auto newest, co_await console.bots.last_change());
  if (newest - last > kTooFar || last > newest) {
    last = newest;
    co_return co_await writer.write(api::sse_event("reset", last, {}));
  }
  while (last < newest) {
    CO_TRY(auto changes, co_await console.bots(watch.caller).changes_after(last, kPage));
    std::string text;
    for (const auto& change : changes) {
      last = change.row.id;
      boost::json::object data{{"bot_id", change.row.bot_id}, {"event", change.row.event}};
      if (change.bot) data["bot"] = watch.whole ? api::write(*change.bot) : fleet::routes::member_bot_view(*change.bot);
      text += api::sse_event("bot", last, data);
    }
    if (changes.empty()) last = newest;  // the rest is other tenants'
    if (!text.empty()) {
      CO_TRY(co_await writer.write(std::move(text)));
    }
  }
  co_return Unit{};
}

/// As they are now: what is told of is no change with a number, and is not told again.
Task<Unit> send_troubled(LiveApi& console, net::http::BodyWriter& writer, const Watch& watch,
                         std::set<fleet::BotKey> bots, std::int64_t last) {
  std::string text;
  for (auto key : bots) {
    CO_TRY(auto bot, co_await console.bots(watch.caller).find(key));
    if (!bot) continue;
    auto view = watch.whole ? api::write(*bot) : fleet::routes::member_bot_view(*bot);
    boost::json::object data{{"bot_id", bot->bot.bot_id}, {"event", "trouble"}, {"bot", std::move(view)}};
    text += api::sse_event("bot", last, data);
  }
  if (text.empty()) co_return Unit{};
  co_return co_await writer.write(std::move(text));
}

Task<Unit> stream(LiveApi& console, net::http::BodyWriter& writer, Watch watch) {
  api::StreamLife life(console.kit, watch.caller, co_await asio::this_coro::executor);
  auto users_changed = std::make_shared<std::atomic<bool>>(false);
  // Listen first, look second.
  auto on_bots = console.kit.bus.on_ring(bus::Topic::bots, [notify = life.notifier()](StreamPos) { notify(); });
  auto on_users = console.kit.bus.on_ring(bus::Topic::users, [notify = life.notifier(), users_changed](StreamPos) {
    *users_changed = true;
    notify();
  });
  auto troubled = std::make_shared<Troubled>(watch.caller.tenant_id);
  auto on_trouble = console.kit.bus.subscribe(std::string(fleet::kTroubleChannel),
                                              [notify = life.notifier(), troubled](std::string_view text) {
                                                if (troubled->put(text)) notify();
                                              });
  auto progress = std::make_shared<Latest>();
  auto on_import = console.kit.bus.subscribe(std::string(users::kImportChannel),
                                             [notify = life.notifier(), progress](std::string_view text) {
                                               progress->put(text);
                                               notify();
                                             });
  CO_TRY(auto newest, co_await console.bots.last_change());
  auto last = watch.since.value_or(newest);
  CO_TRY(co_await writer.write("retry: 2000\n" + api::sse_event("hello", last, {{"cursor", last}})));
  for (;;) {
    CO_TRY(const bool goes_on, co_await life.goes_on());
    if (!goes_on) co_return Unit{};
    CO_TRY(co_await send_changes(console, writer, watch, last));
    if (auto bots = troubled->take(); !bots.empty()) {
      CO_TRY(co_await send_troubled(console, writer, watch, std::move(bots), last));
    }
    if (users_changed->exchange(false) && watch.users) {
      CO_TRY(co_await writer.write(api::sse_event("users", last, {})));
    }
    if (auto text = progress->take(); !text.empty() && watch.imports) {
      CO_TRY(co_await writer.write("event: import\nid: " + std::to_string(last) + "\ndata: " + text + "\n\n"));
    }
    CO_TRY(co_await life.wait(writer));
  }
}

Task<Response> follow_changes(LiveApi& console, Call& call, api::StreamLimit streams) {
  Watch watch{
      .caller = *call.caller,
      .since = std::nullopt,
      .users = call.caller->role != net::route::Role::member,
      .imports = call.caller->role == net::route::Role::admin && has_scope(call, "users") && !visible_tenant(call),
      .whole = sees_settings(call)};
  CO_TRY(watch.since, api::resume_from(call.request, "since"));
  CO_TRY(auto slot, streams.enter(*call.caller));
  co_return api::event_stream(
      [&console, watch, slot](net::http::BodyWriter& writer) { return stream(console, writer, watch); });
}

}  // namespace

void add_live_routes(net::route::Router& routes, base::MetricRegistry& metrics, LiveApi& console) {
  const api::StreamLimit streams(kMaxStreams);
  metrics.gauge_callback("troupe_console_live_streams", "Open live views.",
                         [streams] { return static_cast<double>(streams.open()); });
  const api::Group group(
      routes, {.prefix = "/api/v1/live", .needs = net::route::Access::user, .scope = "bots", .tag = {"overview"}});
  group.add(api::stream_operation(
      "", "Live changes as server-sent events: hello, bot, users, import, reset (resumes with Last-Event-ID)",
      api::since_parameter(), [&console, streams](Call& call) { return follow_changes(console, call, streams); }));
}

}  // namespace troupe::console::live
