// Synapse's admin API: what the server is.
#pragma once
#include "net/route/router.h"

namespace troupe::homeserver::admin {

void add_admin_server_routes(net::route::Router& router);

}  // namespace troupe::homeserver::admin
