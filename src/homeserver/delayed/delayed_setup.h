// Puts delayed events together with the rest of the server.
#pragma once
#include "homeserver/common/offers.h"
#include "homeserver/delayed/delayed_events.h"
#include "host/module.h"

namespace troupe::homeserver::delayed {

/// Adds the routes and jobs of what was made before (the routes of rooms hand events on to it) and says that it is
/// served, unless the settings have it off.
void setup_delayed(host::Context& context, DelayedEvents& events, Offers& offers);

/// The routes alone. `events` must outlive the router.
void add_delayed_routes(net::route::Router& router, DelayedEvents& events);

}  // namespace troupe::homeserver::delayed
