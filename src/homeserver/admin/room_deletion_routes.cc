// Deleting rooms: at once (v1) or in the background (v2), with a status.
#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/room_routes.h"
#include "matrix/ids.h"

namespace troupe::homeserver::admin {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostDeletionBody = 64UL * 1024;
/// A room of millions of events takes minutes; beyond this the deletion goes on without whoever waits for it.
constexpr std::chrono::milliseconds kPatience = 10min;

Result<DeleteRoomBody> read_body(const RoomDeletionApi& api, const net::route::Call& call) {
  TRY(auto wanted, api::body_of<DeleteRoomBody>(call));
  if (wanted.new_room_user_id && api.accounts.resolve_user(*wanted.new_room_user_id) != wanted.new_room_user_id) {
    return Error(Errc::invalid_param, "User must be our own: " + *wanted.new_room_user_id).with_wire_code("M_UNKNOWN");
  }
  return wanted;
}

Task<net::http::Response> delete_room(RoomDeletionApi& api, net::route::Call& call) {
  CO_TRY(auto wanted, read_body(api, call));
  CO_TRY(const auto room_id, room_id_of(call));
  CO_TRY(const bool is_here, co_await api.deletion.is_here(room_id));
  if (!is_here && !wanted.block) co_return Error(Errc::not_found, "Room not found");
  CO_TRY(auto delete_id, co_await api.deletion.start(call.caller->user_id, room_id, std::move(wanted), true));
  CO_TRY(const auto done, co_await api.deletion.carry_out(std::move(delete_id)));
  co_return api::answer(done);
}

Task<net::http::Response> start_deletion(RoomDeletionApi& api, net::route::Call& call) {
  CO_TRY(auto wanted, read_body(api, call));
  CO_TRY(auto room_id, room_id_of(call));
  CO_TRY(auto delete_id,
         co_await api.deletion.start(call.caller->user_id, std::move(room_id), std::move(wanted), false));
  api.deletion.wake();
  co_return api::answer(DeleteId{std::move(delete_id)});
}

Task<net::http::Response> list_deletions(RoomDeletionApi& api, net::route::Call& call) {
  CO_TRY(auto room_id, room_id_of(call));
  CO_TRY(const auto states, co_await api.deletion.states_of(std::move(room_id)));
  co_return api::answer(states);
}

Task<net::http::Response> get_deletion(RoomDeletionApi& api, net::route::Call& call) {
  CO_TRY(const auto state, co_await api.deletion.state(call.param("delete_id")));
  co_return api::answer(state);
}

}  // namespace

void add_room_deletion_routes(net::route::Router& router, RoomDeletionApi& api) {
  const auto v1 = admin_group(router, "/v1/rooms");
  v1.add({.method = "DELETE",
          .path = "/{room_id}",
          .summary = "Delete a room, and wait for it",
          .body = api::schema_text<DeleteRoomBody>(),
          .max_body_bytes = kMostDeletionBody,
          .reply = api::schema_text<ShutdownRoom>(),
          .deadline = kPatience,
          .run = api::bind(delete_room, api)});
  const auto v2 = admin_group(router, "/v2/rooms");
  v2.add({.method = "DELETE",
          .path = "/{room_id}",
          .summary = "Delete a room in the background",
          .body = api::schema_text<DeleteRoomBody>(),
          .max_body_bytes = kMostDeletionBody,
          .reply = api::schema_text<DeleteId>(),
          .run = api::bind(start_deletion, api)});
  v2.add({.method = "GET",
          .path = "/{room_id}/delete_status",
          .summary = "How far the deletions of a room are",
          .reply = api::schema_text<DeletionStates>(),
          .run = api::bind(list_deletions, api)});
  v2.add({.method = "GET",
          .path = "/delete_status/{delete_id}",
          .summary = "How far a deletion is",
          .reply = api::schema_text<DeletionState>(),
          .run = api::bind(get_deletion, api)});
}

}  // namespace troupe::homeserver::admin
