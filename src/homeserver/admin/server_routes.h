// Synapse's admin API: what the server is, and what it does beside answering.
#pragma once
#include <atomic>

#include "host/module.h"

namespace troupe::homeserver::admin {

/// Makes what the routes use, which lives as long as the context, with the routes.
void setup_admin_server(host::Context& context);

/// Whether updates may run in the background. As Synapse keeps it: until the next start, each process for itself. It
/// holds nothing back, for there are none.
struct BackgroundUpdates {
  std::atomic<bool> enabled{true};
};
// All arguments must outlive the router.
/// What of Synapse's has nothing to say here (other servers), and deletions and redactions that go on.
void add_server_status_routes(net::route::Router& router, store::Database& db);
void add_background_update_routes(net::route::Router& router, BackgroundUpdates& updates);  ///< nothing is behind them

}  // namespace troupe::homeserver::admin
