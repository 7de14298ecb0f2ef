// The routes by which rooms are looked at from outside: hierarchies, summaries, rooms in common.
#pragma once
#include "homeserver/rooms/room_service.h"
#include "homeserver/spaces/hierarchy.h"
#include "net/route/router.h"

namespace troupe::homeserver::spaces {

/// Must outlive the router.
struct SpaceApi {
  store::Database& db;
  const memory::Rooms& rooms;
  rooms::RoomService& service;  ///< knows aliases
  Hierarchy& hierarchy;
};
void add_space_routes(net::route::Router& router, SpaceApi& api);

}  // namespace troupe::homeserver::spaces
