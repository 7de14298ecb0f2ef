// GET /api/v1/live.
// The events of GET /api/v1/live:
//   hello {cursor}                     first, always
//   reset {}                           too far behind: fetch the lists again
//   bot {bot_id, event, bot?: Bot}     something changed; without `bot` it was deleted; event `trouble`: no step of its
//                                      life cycle, but its trouble came, changed or went
//   users {}                           accounts changed: fetch the list again
//   import UserImport                  without `errors`: one's progress (admin)
// and a comment line every 15 s.
#pragma once
#include "api/kit.h"
#include "fleet/routes/tenant_bots.h"

namespace troupe::console::live {

/// What the handler uses; it lives as long as the route table.
struct LiveApi {
  api::Kit kit;
  fleet::routes::BotDoor bots;
};

void add_live_routes(net::route::Router& routes, base::MetricRegistry& metrics, LiveApi& console);

}  // namespace troupe::console::live
