#include "fleet/routes/fleet_routes.h"

#include "fleet/routes/shape_tables.h"

namespace troupe::fleet::routes {

void add_fleet_routes(host::Context& c, service::BotService& bots, triggers::HookService& hooks,
                      brains::LateAnswers& late) {
  const BotDoor door(bots, c.get<matrix::RoomActions>());
  auto& fleet = c.make<FleetApi>(
      FleetApi{.kit = api::kit_of(c), .bots = door, .hooks = HookDoor(hooks), .settings = c.settings()});
  auto& brains = c.make<BrainTestApi>(
      BrainTestApi{.bots = door, .sealing_key = c.sealing_key(), .http = c.http(), .clock = c.clock()});
  add_fleet_shapes(fleet.kit);
  auto& routes = c.routes();
  const api::Group all(routes,
                       {.prefix = "/api/v1", .needs = net::route::Access::user, .scope = "bots", .tag = kBotsTag});
  add_bot_routes(all, fleet);
  add_bot_watch_routes(all, fleet);
  add_brain_test_routes(all, brains);
  const api::Group of_bot(routes, {.prefix = "/api/v1/bots/{bot_id}/hooks",
                                   .needs = net::route::Access::operator_,
                                   .scope = "bots",
                                   .tag = kBotsTag});
  add_bot_hook_routes(of_bot, fleet);
  add_hook_routes(routes, hooks);
  add_late_routes(routes, late);
}

}  // namespace troupe::fleet::routes
