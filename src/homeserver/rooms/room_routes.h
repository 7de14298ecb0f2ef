// The routes that change rooms, and the room directory, on the Matrix listener: one function for each file of routes.
// All services must outlive the router.
#pragma once
#include <functional>

#include "homeserver/rooms/room_service.h"
#include "net/route/router.h"

namespace troupe::homeserver {

struct RoomServices {
  store::Database& db;
  RoomService& rooms;
  const host::Settings& settings;
  /// Told after a message was sent: whoever sends has stopped typing. May be empty.
  std::function<void(std::string_view room_id, std::string_view user_id)> sent = {};
};

void add_room_routes(net::Router& router, RoomServices services);        ///< createRoom, send, state, redact, upgrade
void add_membership_routes(net::Router& router, RoomServices services);  ///< join … knock, forget
void add_directory_routes(net::Router& router, RoomServices services);   ///< aliases, public rooms

/// The caller as an actor without a transaction id.
Actor actor_of(const net::Call& call);
/// The same with one: `path` holds the decoded segments that make the request unique.
Actor actor_of(const net::Call& call, std::initializer_list<std::string_view> path, std::string_view txn_id);

/// Whether users may be invited: accounts of this server that are not deactivated.
/// Errors: invalid_param, naming the first who is not.
Task<Unit> check_invitees(RoomServices services, std::vector<std::string> user_ids);

}  // namespace troupe::homeserver
