#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/room_routes.h"
#include "homeserver/common/nothing.h"
#include "matrix/ids.h"

namespace troupe::homeserver::admin {
namespace {

constexpr std::size_t kMostBody = 16UL * 1024;

Task<net::http::Response> get_block(RoomChangesApi& api, net::route::Call& call) {
  CO_TRY(auto room_id, room_id_of(call));
  CO_TRY(const auto blocked, co_await api.changes.blocked(std::move(room_id)));
  co_return api::answer(blocked);
}

Task<net::http::Response> put_block(RoomChangesApi& api, net::route::Call& call) {
  CO_TRY(const auto wanted, api::body_of<Block>(call));
  CO_TRY(auto room_id, room_id_of(call));
  CO_TRY(co_await api.changes.set_blocked(call.caller->user_id, std::move(room_id), wanted.block));
  co_return api::answer(wanted);
}

Task<net::http::Response> join_room(RoomChangesApi& api, net::route::Call& call) {
  CO_TRY(const auto wanted, api::body_of<JoinBody>(call));
  if (!matrix::parse_user_id(wanted.user_id)) co_return Error(Errc::invalid_param, "user_id must be a user id.");
  if (api.accounts.resolve_user(wanted.user_id) != wanted.user_id)
    co_return Error(Errc::invalid_param, "This endpoint can only be used with local users").with_wire_code("M_UNKNOWN");
  const auto account = co_await api.accounts.find(wanted.user_id);
  if (!account && account.error().code() == Errc::not_found) co_return Error(Errc::not_found, "User not found");
  if (!account) co_return std::unexpected(account.error());
  CO_TRY(const auto room_id, co_await api.rooms.resolve(call.param("room_id_or_alias")));
  rooms::Actor admin;
  admin.user_id = call.caller->user_id;
  admin.device_id = call.caller->device_id;
  CO_TRY(co_await api.changes.join(std::move(admin), wanted.user_id, room_id));
  co_return api::answer(RoomIdAnswer{room_id});
}

Task<net::http::Response> make_room_admin(RoomChangesApi& api, net::route::Call& call) {
  CO_TRY(const auto wanted, api::body_of<RoomAdminBody>(call));
  const auto user_id = wanted.user_id.value_or(call.caller->user_id);
  if (!matrix::parse_user_id(user_id)) co_return Error(Errc::invalid_param, "user_id must be a user id.");
  CO_TRY(auto room_id, co_await api.rooms.resolve(call.param("room_id")));
  CO_TRY(co_await api.changes.make_admin(user_id, std::move(room_id)));
  co_return api::answer(Nothing());
}

}  // namespace

void add_room_change_routes(net::route::Router& router, RoomChangesApi& api) {
  const auto group = admin_group(router, "/v1");
  group.add({.method = "GET",
             .path = "/rooms/{room_id}/block",
             .summary = "Whether a room is blocked, and by whom",
             .reply = api::schema_text<BlockedBy>(),
             .run = api::bind(get_block, api)});
  group.add({.method = "PUT",
             .path = "/rooms/{room_id}/block",
             .summary = "Block a room, known here or not, or unblock it",
             .body = api::schema_text<Block>(),
             .max_body_bytes = kMostBody,
             .reply = api::schema_text<Block>(),
             .run = api::bind(put_block, api)});
  group.add({.method = "POST",
             .path = "/join/{room_id_or_alias}",
             .summary = "Have a user join a room",
             .body = api::schema_text<JoinBody>(),
             .max_body_bytes = kMostBody,
             .reply = api::schema_text<RoomIdAnswer>(),
             .run = api::bind(join_room, api)});
  group.add({.method = "POST",
             .path = "/rooms/{room_id}/make_room_admin",
             .summary = "Give a user, or yourself, the power of a room's mightiest member",
             .body = api::schema_text<RoomAdminBody>(),
             .takes = net::route::Body::json_object,
             .max_body_bytes = kMostBody,
             .reply = api::schema_text<Nothing>(),
             .run = api::bind(make_room_admin, api)});
}

}  // namespace troupe::homeserver::admin
