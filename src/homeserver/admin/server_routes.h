// Synapse's admin API: what the server is, and what it does beside answering.
#pragma once
#include "net/route/router.h"
#include "store/database.h"

namespace troupe::homeserver::admin {

/// The database must outlive the router.
void add_admin_server_routes(net::route::Router& router, store::Database& db);
/// What of Synapse's has nothing to say here (updates in the background, other servers), and deletions that go on.
void add_server_status_routes(net::route::Router& router, store::Database& db);

}  // namespace troupe::homeserver::admin
