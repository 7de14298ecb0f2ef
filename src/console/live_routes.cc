// GET /api/v1/live: changes of bots and users as server-sent events, resumable by the number of the last one seen.
#include <boost/asio/this_coro.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "base/async.h"
#include "console/api.h"
#include "console/views.h"

namespace troupe::console {
namespace {

using net::Call;
using net::Response;

constexpr std::chrono::milliseconds kHeartbeat{15'000};
/// After this long the browser connects anew; an ended session is noticed then.
constexpr std::chrono::minutes kLongest{10};
constexpr std::int64_t kPage = 100;
/// Further behind than this the lists are fetched again instead.
constexpr std::int64_t kTooFar = 500;
constexpr int kMaxStreams = 256;

std::string event(std::string_view name, std::int64_t id, const boost::json::object& data) {
  std::string text = "event: ";
  text += name;
  text += "\nid: " + std::to_string(id) + "\ndata: " + boost::json::serialize(data) + "\n\n";
  return text;
}

/// Counts a stream while it lives.
class StreamSlot {
 public:
  explicit StreamSlot(std::shared_ptr<std::atomic<int>> count) : count_(std::move(count)) { ++*count_; }
  ~StreamSlot() { --*count_; }
  StreamSlot(const StreamSlot&) = delete;
  StreamSlot& operator=(const StreamSlot&) = delete;

 private:
  std::shared_ptr<std::atomic<int>> count_;
};

struct Watch {
  std::int64_t tenant_id;
  std::optional<std::int64_t> since;
  bool users;  ///< may hear of accounts
};

/// Sends the changes after `last` and moves it.
Task<Unit> send_changes(Api& api, net::BodyWriter& writer, const Watch& watch, std::int64_t& last) {
  CO_TRY(auto newest, co_await api.bots.last_change());
  if (newest - last > kTooFar || last > newest) {
    last = newest;
    co_return co_await writer.write(event("reset", last, {}));
  }
  while (last < newest) {
    CO_TRY(auto changes, co_await api.bots.changes_after(watch.tenant_id, last, kPage));
    std::string text;
    for (const auto& change : changes) {
      last = change.row.id;
      boost::json::object data{{"bot_id", change.row.bot_id}, {"event", change.row.event}};
      if (change.bot) data["bot"] = bot_view(*change.bot);
      text += event("bot", last, data);
    }
    if (changes.empty()) last = newest;  // the rest is other tenants'
    if (!text.empty()) {
      CO_TRY([[maybe_unused]] auto written, co_await writer.write(std::move(text)));
    }
  }
  co_return Unit{};
}

Task<Unit> stream(Api& api, net::BodyWriter& writer, Watch watch) {
  auto executor = co_await asio::this_coro::executor;
  base::Bell bell(executor);
  auto users_changed = std::make_shared<std::atomic<bool>>(false);
  // Listen first, look second.
  auto on_bots = api.context.bus().on_ring(bus::Topic::bots, [ring = bell.ringer()](StreamPos) { ring(); });
  auto on_users = api.context.bus().on_ring(bus::Topic::users, [ring = bell.ringer(), users_changed](StreamPos) {
    *users_changed = true;
    ring();
  });
  // The program waits for answers that are under way before it ends; this one would never end by itself.
  auto ending = std::make_shared<std::atomic<bool>>(false);
  auto on_draining = api.context.bus().subscribe(std::string(host::kDrainingChannel),
                                                 [ring = bell.ringer(), ending](std::string_view) {
                                                   *ending = true;
                                                   ring();
                                                 });
  CO_TRY(auto newest, co_await api.bots.last_change());
  auto last = watch.since.value_or(newest);
  CO_TRY([[maybe_unused]] auto greeted,
         co_await writer.write("retry: 2000\n" + event("hello", last, {{"cursor", last}})));
  auto until = std::chrono::steady_clock::now() + kLongest;
  while (!*ending && std::chrono::steady_clock::now() < until) {
    CO_TRY([[maybe_unused]] auto sent, co_await send_changes(api, writer, watch, last));
    if (users_changed->exchange(false) && watch.users) {
      CO_TRY([[maybe_unused]] auto told, co_await writer.write(event("users", last, {})));
    }
    if (!co_await bell.wait(kHeartbeat)) {
      CO_TRY([[maybe_unused]] auto beat, co_await writer.write(": still here\n\n"));
    }
  }
  co_return Unit{};
}

Task<Response> live(Api& api, Call& call, std::shared_ptr<std::atomic<int>> streams) {
  auto given = call.request.headers.get("Last-Event-ID");
  if (given.empty()) given = call.request.query_value("since").value_or("");
  Watch watch{.tenant_id = tenant(call), .since = std::nullopt, .users = call.caller->role != net::Role::member};
  if (!given.empty()) {
    std::int64_t since = 0;
    auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), since);
    if (error != std::errc() || end != given.data() + given.size() || since < 0) {
      co_return Error(Errc::invalid_param, "Last-Event-ID must be the id of an event of this stream.");
    }
    watch.since = since;
  }
  if (streams->load() >= kMaxStreams) {
    co_return Error(Errc::unavailable, "Too many live views are open. Try again in a moment.")
        .with_retry_after(std::chrono::seconds(5));
  }
  auto slot = std::make_shared<StreamSlot>(std::move(streams));
  Response response;
  response.headers.add("Content-Type", "text/event-stream");
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("X-Accel-Buffering", "no");
  response.stream = [&api, watch, slot](net::BodyWriter& writer) { return stream(api, writer, watch); };
  co_return response;
}

}  // namespace

void add_live_routes(Api& api) {
  auto streams = std::make_shared<std::atomic<int>>(0);
  api.context.metrics().gauge_callback("troupe_console_live_streams", "Open live views.",
                                       [streams] { return static_cast<double>(streams->load()); });
  net::Route route;
  route.method = "GET";
  route.path = "/api/v1/live";
  route.needs = net::Access::user;
  route.scope = "bots";
  route.summary = "Live changes as server-sent events: hello, bot, users, reset (resumes with Last-Event-ID)";
  route.tag = "overview";
  route.run = [&api, streams](Call& call) { return live(api, call, streams); };
  api.context.routes().add(std::move(route));
}

}  // namespace troupe::console
