#include "homeserver/rooms/room_routes.h"

#include "homeserver/accounts/account_store.h"
#include "homeserver/accounts/session.h"
#include "homeserver/common/client_route.h"
#include "homeserver/common/settings.h"
#include "matrix/ids.h"
#include "matrix/room_version.h"
#include "net/route/permission.h"

namespace troupe::homeserver::rooms {
namespace {

constexpr std::size_t kMaxCreateBytes = 1024 * 1024;
constexpr std::size_t kMaxShortBytes = 255;
constexpr std::int64_t kMaxTime = (1LL << 53) - 1;  ///< of canonical JSON
constexpr std::size_t kMaxTextBytes = 64 * 1024;    // the service has the exact limits

net::http::Response event_id_response(const Sent& sent) {
  return net::http::Response::json(R"({"event_id":")" + sent.event_id + "\"}");
}

template <class T>
Result<const T*> optional_member(const matrix::JsonObject& body, std::string_view key,
                                 const T* (*find)(const matrix::JsonObject&, std::string_view), std::string_view kind) {
  const auto* value = matrix::find(body, key);
  if (!value || value->is_null()) return static_cast<const T*>(nullptr);
  const auto* found = find(body, key);
  if (!found) return Error(Errc::bad_json, std::string(key) + " must be " + std::string(kind) + ".");
  return found;
}

Result<std::vector<std::string>> string_list(const matrix::JsonObject& body, std::string_view key) {
  TRY(const auto* array, optional_member<matrix::JsonArray>(body, key, matrix::find_array, "an array"));
  std::vector<std::string> list;
  if (!array) return list;
  for (const auto& item : *array) {
    if (!item.is_string()) return Error(Errc::bad_json, std::string(key) + " must hold strings.");
    list.emplace_back(matrix::view(item.get_string()));
  }
  return list;
}

Result<CreateRoom> read_create(const matrix::JsonObject& body) {
  CreateRoom request;
  TRY(auto preset, net::route::optional_string(body, "preset", kMaxShortBytes));
  TRY(auto visibility, net::route::optional_string(body, "visibility", kMaxShortBytes));
  TRY(auto alias, net::route::optional_string(body, "room_alias_name", kMaxShortBytes));
  TRY(auto name, net::route::optional_string(body, "name", kMaxTextBytes));
  TRY(auto topic, net::route::optional_string(body, "topic", kMaxTextBytes));
  TRY(auto version, net::route::optional_string(body, "room_version", kMaxShortBytes));
  if (visibility && *visibility != "public" && *visibility != "private")
    return Error(Errc::invalid_param, "visibility must be public or private.");
  request.preset = preset.value_or("");
  request.is_public = visibility == "public";
  request.alias_localpart = alias.value_or("");
  request.name = name.value_or("");
  request.topic = topic.value_or("");
  request.version = version.value_or("");
  TRY(request.is_direct, net::route::optional_bool(body, "is_direct", false));
  TRY(request.invite, string_list(body, "invite"));
  TRY(const auto* by_address, optional_member<matrix::JsonArray>(body, "invite_3pid", matrix::find_array, "an array"));
  if (by_address && !by_address->empty())
    return Error(Errc::forbidden, "This server has no identity server: invite by user id.")
        .with_wire_code("M_THREEPID_DENIED");
  TRY(const auto* creation,
      optional_member<matrix::JsonObject>(body, "creation_content", matrix::find_object, "an object"));
  if (creation) request.creation_content = *creation;
  TRY(const auto* initial, optional_member<matrix::JsonArray>(body, "initial_state", matrix::find_array, "an array"));
  if (initial) request.initial_state = *initial;
  TRY(const auto* levels,
      optional_member<matrix::JsonObject>(body, "power_level_content_override", matrix::find_object, "an object"));
  if (levels) request.power_level_override = *levels;
  return request;
}

Task<net::http::Response> post_create_room(RoomApi& api, net::route::Call& call) {
  CO_TRY(auto request, read_create(net::route::body_object(call)));
  if (request.invite.size() <= RoomService::kMaxInvites) {
    CO_TRY(co_await check_invitees(api, call, request.invite));
  }
  CO_TRY(auto room_id, co_await api.rooms.create(actor_of(call), std::move(request)));
  co_return json_response({{"room_id", room_id}});
}

/// The content of an event, taken out of the parsed body.
matrix::JsonObject take_content(net::route::Call& call) {
  auto* object = call.body.if_object();
  return object ? std::move(*object) : matrix::JsonObject();
}

/// How long the event is to wait (MSC4140); nothing: it is sent now. What cannot be done is refused, because an event
/// that was meant for later must not go out at once. Errors: invalid_param.
Result<std::optional<std::int64_t>> delay_of(const net::http::Request& request) {
  if (request.query_value("org.matrix.msc4140.parent_delay_id")) {
    return Error(Errc::invalid_param, "org.matrix.msc4140.parent_delay_id is not served.");
  }
  const auto text = request.query_value("org.matrix.msc4140.delay");
  if (!text) return std::optional<std::int64_t>();
  const auto delay = net::route::whole_number(*text);
  if (delay && *delay > 0) return delay;
  return Error(Errc::invalid_param, "org.matrix.msc4140.delay must be a whole number of milliseconds above 0.");
}

/// Keeps the request's event for later. `actor` says who and as which request.
Task<net::http::Response> put_later(RoomApi& api, net::route::Call& call, Actor actor, LaterEvent event) {
  if (!api.scheduler) co_return Error(Errc::forbidden, "This server sends no events later.");
  event.user_id = actor.user_id;
  event.device_id = actor.device_id;
  event.by_service = accounts::service_of(call) != nullptr;
  event.room_id = call.param("room_id");
  if (!actor.txn_path.empty()) {
    event.txn_hash = memory::txn_hash(actor.user_id, actor.device_id, actor.txn_path);
  }
  CO_TRY(const auto delay_id, co_await api.scheduler->schedule(std::move(event)));
  co_return json_response({{"delay_id", delay_id}});
}

/// When the event happened, as an application service says (Application Service API #timestamp-massaging); anybody
/// else's is passed over.
Result<std::optional<std::int64_t>> time_of(const net::route::Call& call) {
  if (!accounts::service_of(call)) return std::optional<std::int64_t>();
  const auto text = call.request.query_value("ts").value_or("");
  if (text.empty()) return std::optional<std::int64_t>();
  const auto time = net::route::whole_number(text);
  if (time && *time >= 0 && *time <= kMaxTime) return time;
  return Error(Errc::invalid_param, "ts must be a number of milliseconds since 1970.");
}

Task<net::http::Response> put_send(RoomApi& api, net::route::Call& call) {
  const auto& room_id = call.param("room_id");
  const auto& type = call.param("event_type");
  const auto& txn_id = call.param("txn_id");
  CO_TRY(const auto delay, delay_of(call.request));
  const bool has_content = !call.request.body.empty();
  if (delay) {
    LaterEvent event{.type = type, .content = take_content(call), .delay_ms = *delay, .has_content = has_content};
    co_return co_await put_later(api, call, actor_of(call, {"send", room_id, type, txn_id}, txn_id), std::move(event));
  }
  if (!has_content) co_return Error(Errc::not_json, "A JSON object is expected as body.");
  CO_TRY(const auto time, time_of(call));
  CO_TRY(auto sent, co_await api.rooms.send(actor_of(call, {"send", room_id, type, txn_id}, txn_id), room_id, type,
                                            take_content(call), time));
  api.typing.stopped(room_id, call.caller->user_id);
  co_return event_id_response(sent);
}

Task<net::http::Response> put_redact(RoomApi& api, net::route::Call& call) {
  const auto& room_id = call.param("room_id");
  const auto& event_id = call.param("event_id");
  const auto& txn_id = call.param("txn_id");
  CO_TRY(const auto delay, delay_of(call.request));
  auto actor = actor_of(call, {"redact", room_id, event_id, txn_id}, txn_id);
  if (delay) {
    LaterEvent event{.type = "m.room.redaction", .content = take_content(call), .delay_ms = *delay};
    event.content["redacts"] = event_id;
    co_return co_await put_later(api, call, std::move(actor), std::move(event));
  }
  actor.redacts_own_only = accounts::is_suspended(call);
  CO_TRY(auto sent, co_await api.rooms.redact(std::move(actor), room_id, event_id, take_content(call)));
  co_return event_id_response(sent);
}

Task<net::http::Response> put_state(RoomApi& api, net::route::Call& call) {
  CO_TRY(const auto delay, delay_of(call.request));
  if (delay) {
    LaterEvent event{.type = call.param("event_type"),
                     .state_key = find_param(call, "state_key").value_or(""),
                     .content = take_content(call),
                     .delay_ms = *delay};
    co_return co_await put_later(api, call, actor_of(call), std::move(event));
  }
  CO_TRY(const auto time, time_of(call));
  CO_TRY(auto sent, co_await api.rooms.set_state(actor_of(call), call.param("room_id"), call.param("event_type"),
                                                 find_param(call, "state_key").value_or(""), take_content(call), time));
  co_return event_id_response(sent);
}

Task<net::http::Response> post_upgrade(RoomApi& api, net::route::Call& call) {
  UpgradeRoom request;
  request.room_id = call.param("room_id");
  CO_TRY(request.version, net::route::required_string(net::route::body_object(call), "new_version", kMaxShortBytes));
  if (request.version.empty()) co_return Error(Errc::invalid_param, "new_version must not be empty.");
  CO_TRY(request.additional_creators, string_list(net::route::body_object(call), "additional_creators"));
  CO_TRY(auto room_id, co_await api.rooms.upgrade(actor_of(call), std::move(request)));
  co_return json_response({{"replacement_room", room_id}});
}

/// Who looks for a name of a bridge: nobody in particular where a route is open to all, nor a guest.
appservice::Asker asker_of(const net::route::Call& call) {
  if (!call.caller || call.caller->rated_by_address)
    return {.who = std::string(net::route::rate_key_of_address(call.request.remote_address)), .service = nullptr};
  const bool unlimited = net::route::has_scope(*call.caller, net::route::kUnlimitedScope);
  return {.who = unlimited ? std::string() : call.caller->user_id, .service = accounts::service_of(call)};
}

}  // namespace

Actor actor_of(const net::route::Call& call) {
  return {.user_id = call.caller->user_id,
          .device_id = call.caller->device_id,
          .txn_path = {},
          .txn_id = {},
          .unheard = accounts::is_shadow_banned(call),
          .service = accounts::service_of(call)};
}

Actor actor_of(const net::route::Call& call, std::initializer_list<std::string_view> path, std::string_view txn_id) {
  auto actor = actor_of(call);
  actor.txn_path = memory::txn_path(path);
  actor.txn_id = txn_id;
  return actor;
}

Task<std::string> find_room(RoomApi& api, const net::route::Call& call, std::string room_id_or_alias) {
  auto found = co_await api.rooms.resolve(room_id_or_alias);
  const bool unknown = !found && found.error().code() == Errc::not_found;
  if (!unknown || !api.queries || !room_id_or_alias.starts_with('#')) co_return found;
  auto is_there = [&rooms = api.rooms, room_id_or_alias]() -> Task<bool> {
    const auto now = co_await rooms.resolve(room_id_or_alias);
    co_return now.has_value();
  };
  CO_TRY(co_await api.queries->find_alias(asker_of(call), room_id_or_alias, is_there));
  co_return co_await api.rooms.resolve(room_id_or_alias);
}

/// Has bridges make those of their users who are not there yet.
Task<Unit> look_for(RoomApi& api, const net::route::Call& call, const std::vector<std::string>& user_ids) {
  if (!api.queries) co_return Unit{};
  for (const auto& user : user_ids) {
    auto is_there = [&db = api.db, user]() -> Task<bool> {
      auto read = [&](store::Connection& connection) -> Result<bool> {
        return accounts::account_store::find_account(connection, user).has_value();
      };
      co_return co_await db.read(read);
    };
    CO_TRY(co_await api.queries->find_user(asker_of(call), user, is_there));
  }
  co_return Unit{};
}

Task<Unit> check_invitees(RoomApi& api, const net::route::Call& call, std::vector<std::string> user_ids) {
  if (user_ids.empty()) co_return Unit{};
  for (const auto& user : user_ids) {
    auto parts = matrix::parse_user_id(user);
    if (!parts) co_return Error(Errc::invalid_param, user.substr(0, matrix::kMaxIdBytes) + " is no user id.");
    if (parts->server != api.settings.server_name)
      co_return Error(Errc::invalid_param, user + " is of another server, and this one talks to no others.");
  }
  CO_TRY(co_await look_for(api, call, user_ids));
  auto read = [&](store::Connection& connection) -> Result<Unit> {
    for (const auto& user : user_ids) {
      auto account = accounts::account_store::find_account(connection, user);
      if (!account || account->deactivated)
        return Error(Errc::invalid_param, "There is no user " + user + " on this server.");
    }
    return Unit{};
  };
  co_return co_await api.db.read(read);
}

void offer_rooms(Offers& offers, const host::Settings& settings) {
  matrix::JsonObject versions;
  for (const auto& version : matrix::room_versions()) versions[version.id] = "stable";
  offers.capabilities["m.room_versions"] = {{"default", settings.of<HomeserverSettings>().default_room_version},
                                            {"available", std::move(versions)}};
}

void add_room_routes(net::route::Router& router, RoomApi& api) {
  const auto group = matrix_group(router, {.prefix = std::string(kClientV3), .needs = net::route::Access::user});
  group.add({.method = "POST",
             .path = "/createRoom",
             .rate = net::route::Rate::create_room,
             .takes = net::route::Body::json_object,
             .max_body_bytes = kMaxCreateBytes,
             .run = api::bind(post_create_room, api)});
  group.add({.method = "PUT",
             .path = "/rooms/{room_id}/send/{event_type}/{txn_id}",
             .rate = net::route::Rate::message,
             // A delayed event that is asked for again is known by its transaction, whatever comes with it.
             .takes = net::route::Body::json_object,
             .run = api::bind(put_send, api)});
  group.add({.method = "PUT",
             .path = "/rooms/{room_id}/redact/{event_id}/{txn_id}",
             .rate = net::route::Rate::message,
             .takes = net::route::Body::json_object,
             .run = api::bind(put_redact, api)});
  // An empty state key may come without its slash.
  for (const auto* path : {"/rooms/{room_id}/state/{event_type}", "/rooms/{room_id}/state/{event_type}/",
                           "/rooms/{room_id}/state/{event_type}/{state_key}"}) {
    group.add({.method = "PUT",
               .path = path,
               .rate = net::route::Rate::message,
               .takes = net::route::Body::json_required,
               .run = api::bind(put_state, api)});
  }
  group.add({.method = "POST",
             .path = "/rooms/{room_id}/upgrade",
             .rate = net::route::Rate::create_room,
             .takes = net::route::Body::json_required,
             .run = api::bind(post_upgrade, api)});
}

}  // namespace troupe::homeserver::rooms
