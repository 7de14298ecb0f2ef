// A server with rooms whose readers are called through the router. Only tests include this.
#pragma once
#include "homeserver/account_data/account_data_routes.h"
#include "homeserver/rooms/room_fixture.h"
#include "homeserver/sync/read_routes.h"
#include "host/listeners.h"
#include "net/route/rate_limit.h"
#include "net/route/router.h"

namespace troupe::homeserver::sync {

/// "Bearer alice" is @alice:example.org on the device PHONE; "Bearer alice/LAPTOP" on another one.
class NamesAsTokens final : public net::route::Scheme {
 public:
  Task<std::optional<net::route::Caller>> admit(const net::http::Request& request) override {
    auto token = request.headers.get("Authorization");
    if (!token.starts_with("Bearer ")) co_return std::optional<net::route::Caller>();
    token.remove_prefix(7);
    const auto slash = token.find('/');
    net::route::Caller caller;
    caller.user_id = "@" + std::string(token.substr(0, slash)) + ":example.org";
    caller.device_id = slash == std::string_view::npos ? "PHONE" : std::string(token.substr(slash + 1));
    co_return caller;
  }
};

/// The reading half of a server, over a RoomServer.
struct ReadServer {
  /// With a clock it keeps presence.
  explicit ReadServer(rooms::RoomServer& rooms, const base::Clock* presence_clock = nullptr)
      : account_data(*rooms.db, *rooms.rooms, *rooms.users, 64ULL * 1024 * 1024, "@_server:example.org"),
        receipts(*rooms.db, *rooms.rooms, *rooms.users, account_data, rooms.clock),
        unread(receipts, account_data),
        typing(*rooms.db, *rooms.rooms, *rooms.users, *bus, rooms.io.get_executor()),
        presence(*bus, presence_clock ? *presence_clock : base::system_clock(), presence_clock != nullptr),
        presence_feed(*rooms.db, *rooms.rooms, *rooms.users, presence,
                      presence_clock ? *presence_clock : base::system_clock(), rooms.io.get_executor()),
        filters(*rooms.db),
        history(*rooms.db, *rooms.rooms, *rooms.lookup, account_data, rooms.clock),
        snapshot({.db = *rooms.db,
                  .rooms = *rooms.rooms,
                  .lookup = *rooms.lookup,
                  .account_data = account_data,
                  .clock = rooms.clock}),
        notifications({.db = *rooms.db,
                       .rooms = *rooms.rooms,
                       .receipts = receipts,
                       .account_data = account_data,
                       .clock = rooms.clock}),
        state(*rooms.db, *rooms.rooms, *rooms.users, rooms.clock),
        sync(*rooms.db, *rooms.rooms, *rooms.users, filters,
             SyncServices{receipts, unread, typing, account_data, presence_feed}, rooms.clock),
        presence_api{*rooms.db, presence, presence_feed},
        router(rooms.metrics) {
    router.add_listener(host::matrix_listener());
    router.add_scheme(std::string(host::kMatrixScheme), names);
    net::route::RateLimits limits;
    limits.enabled = false;
    router.set_rate_limits(limits);
    add_sync_routes(router, sync_api);
    add_history_routes(router, history);
    add_notification_routes(router, notifications);
    add_snapshot_routes(router, snapshot_api);
    add_state_routes(router, state);
    account_data::add_account_data_routes(router, account_data);
    account_data::add_push_rule_routes(router, account_data);
    add_marker_routes(router, marker_api);
    add_presence_routes(router, presence_api);
    router.freeze();
  }

  std::unique_ptr<bus::Bus> bus = bus::make_local_bus();
  account_data::AccountData account_data;
  Receipts receipts;
  Unread unread;
  memory::Typing typing;
  Presence presence;
  PresenceFeed presence_feed;
  Filters filters;
  History history;
  RoomSnapshot snapshot;
  NotificationList notifications;
  RoomState state;
  SyncService sync;
  SyncApi sync_api{sync, filters, presence};
  SnapshotApi snapshot_api{snapshot, history};
  MarkerApi marker_api{receipts, typing, presence};
  PresenceApi presence_api;
  NamesAsTokens names;
  net::route::Router router;
};

struct ReadAnswer {
  int status = 0;
  std::string text;
  matrix::Json json;

  /// The member at a path of keys and array indexes; null when there is none.
  template <class... Keys>
  matrix::Json at(const Keys&... keys) const {
    const matrix::Json* here = &json;
    const auto step = [&here](const auto& key) {
      if (!here) return;
      if constexpr (std::is_integral_v<std::decay_t<decltype(key)>>) {
        const auto* array = here->if_array();
        here =
            array && static_cast<std::size_t>(key) < array->size() ? &(*array)[static_cast<std::size_t>(key)] : nullptr;
      } else {
        const auto* object = here->if_object();
        here = object ? object->if_contains(key) : nullptr;
      }
    };
    (step(keys), ...);
    return here ? *here : matrix::Json();
  }
  template <class... Keys>
  std::string text_at(const Keys&... keys) const {
    return text_of(at(keys...));
  }
  std::string next() const { return text_at("next_batch"); }
  static std::string text_of(const matrix::Json& value) {
    return value.is_string() ? std::string(matrix::view(value.get_string())) : std::string();
  }
};

class ReadTest : public rooms::RoomTest {
 protected:
  /// With a clock the server keeps presence; it is read only once the test runs.
  explicit ReadTest(const base::Clock* presence_clock = nullptr) : presence_clock_(presence_clock) {
    readers = std::make_unique<ReadServer>(*server, presence_clock_);
  }

  void restart_all() {
    readers.reset();
    restart();
    readers = std::make_unique<ReadServer>(*server, presence_clock_);
  }

  asio::awaitable<ReadAnswer> ask(std::string who, std::string method, std::string target, std::string body) {
    net::http::Request request;
    request.method = std::move(method);
    EXPECT_TRUE(request.set_target(target).has_value()) << target;
    request.body = std::move(body);
    request.remote_address = "192.0.2.7";
    request.headers.add("Authorization", "Bearer " + who);
    const auto response = co_await readers->router.dispatch(host::kMatrixListener, request);
    ReadAnswer answer{response.status, response.shared_body ? *response.shared_body : response.body, {}};
    boost::system::error_code broken;
    answer.json = boost::json::parse(answer.text, broken);
    EXPECT_FALSE(broken) << answer.text;
    co_return answer;
  }
  /// `path` starts after /_matrix/client/v3, unless it starts with "/_matrix".
  ReadAnswer call(std::string_view who, std::string method, std::string_view path, std::string body = {}) {
    return start(who, std::move(method), path, std::move(body)).get();
  }
  std::future<ReadAnswer> start(std::string_view who, std::string method, std::string_view path,
                                std::string body = {}) {
    std::string target(path);
    if (!path.starts_with("/_matrix")) target.insert(0, "/_matrix/client/v3");
    return boost::asio::co_spawn(server->io,
                                 ask(std::string(who), std::move(method), std::move(target), std::move(body)),
                                 boost::asio::use_future);
  }
  ReadAnswer get(std::string_view who, std::string_view path) { return call(who, "GET", path); }
  ReadAnswer sync(std::string_view who, std::string_view since = {}, std::string_view more = {}) {
    return get(who, sync_path(since, more));
  }
  static std::string sync_path(std::string_view since, std::string_view more) {
    std::string path = "/sync?timeout=0";
    if (!since.empty()) path += "&since=" + std::string(since);
    return path + std::string(more);
  }
  /// Bodies of the messages (else types, with state keys) of a list of events.
  static std::vector<std::string> digest(const matrix::Json& events) {
    std::vector<std::string> found;
    if (!events.is_array()) return {"no array"};
    for (const auto& item : events.get_array()) {
      const auto& event = item.get_object();
      const auto* content = matrix::find_object(event, "content");
      std::string text(matrix::find_string(event, "type").value_or("?"));
      if (const auto body = content ? matrix::find_string(*content, "body") : std::nullopt) text = *body;
      if (text == "m.room.member") text = std::string(matrix::find_string(*content, "membership").value_or("?"));
      if (const auto key = matrix::find_string(event, "state_key"); key && !key->empty()) {
        text += ":" + std::string(key->substr(1, key->find(':') - 1));
      }
      found.push_back(std::move(text));
    }
    return found;
  }

  std::unique_ptr<ReadServer> readers;

 private:
  const base::Clock* presence_clock_;
};

}  // namespace troupe::homeserver::sync
