// What clients ask before and right after they sign in: versions, discovery, capabilities, TURN, bridges; and a page
// for browsers.
#pragma once
#include "base/clock.h"
#include "homeserver/common/offers.h"
#include "host/settings.h"
#include "net/route/router.h"

namespace troupe::homeserver {

struct ServerInfoApi {
  const host::Settings& settings;
  const base::Clock& clock;
  const Offers& offers;
};
/// What they use must outlive the router. All that is offered must have been said.
void add_server_info_routes(net::route::Router& router, ServerInfoApi& api);

}  // namespace troupe::homeserver
