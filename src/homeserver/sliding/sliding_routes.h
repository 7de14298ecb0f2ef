// The routes of sliding sync, in both shapes.
#pragma once
#include "homeserver/sliding/sliding_service.h"
#include "homeserver/sync/presence.h"
#include "net/route/router.h"

namespace troupe::homeserver::sliding {

/// Must outlive the router.
struct SlidingApi {
  SlidingService& sliding;
  sync::Presence& presence;  ///< told that whoever syncs is there
};
void add_sliding_routes(net::route::Router& router, SlidingApi& api);

}  // namespace troupe::homeserver::sliding
