// The routes that change rooms, and the room directory, on the Matrix listener: one function for each file of routes.
// All api must outlive the router.
#pragma once
#include "homeserver/appservice/queries.h"
#include "homeserver/common/offers.h"
#include "homeserver/memory/typing.h"
#include "homeserver/rooms/room_service.h"
#include "homeserver/rooms/scheduler.h"
#include "net/route/router.h"

namespace troupe::homeserver::rooms {

struct RoomApi {
  store::Database& db;
  RoomService& rooms;
  const host::Settings& settings;
  memory::Typing& typing;
  Scheduler* scheduler = nullptr;  ///< none: whoever asks for a delay is refused
  appservice::Queries* queries = nullptr;
};

void offer_rooms(Offers& offers, const host::Settings& settings);  ///< which versions rooms may have

void add_room_routes(net::route::Router& router, RoomApi& api);        ///< createRoom, send, state, redact, upgrade
void add_membership_routes(net::route::Router& router, RoomApi& api);  ///< join … knock, forget
void add_directory_routes(net::route::Router& router, RoomApi& api);   ///< aliases, public rooms

/// The caller as an actor without a transaction id.
Actor actor_of(const net::route::Call& call);
/// The same with one: `path` holds the decoded segments that make the request unique.
Actor actor_of(const net::route::Call& call, std::initializer_list<std::string_view> path, std::string_view txn_id);

/// The room of an id or an alias; an alias that nobody knows may be one that a bridge makes when it is asked.
/// Errors: as RoomService::resolve, and those of Queries.
Task<std::string> find_room(RoomApi& api, const net::route::Call& call, std::string room_id_or_alias);
/// Whether users may be invited: accounts of this server that are not deactivated.
/// Errors: invalid_param, naming the first who is not.
Task<Unit> check_invitees(RoomApi& api, const net::route::Call& call, std::vector<std::string> user_ids);

}  // namespace troupe::homeserver::rooms
