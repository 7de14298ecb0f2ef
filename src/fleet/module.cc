#include "fleet/module.h"

#include "fleet/bot_service.h"
#include "fleet/flowise_brain.h"
#include "fleet/openai_brain.h"
#include "fleet/own_accord.h"

namespace troupe::fleet {
namespace {

constexpr char kFleetSql[] = {
#embed "migrations/0001_fleet.sql"
};
constexpr char kLifeSql[] = {
#embed "migrations/0002_life.sql"
};
constexpr char kSessionsSql[] = {
#embed "migrations/0003_sessions.sql"
};
constexpr char kOwnAccordSql[] = {
#embed "migrations/0004_own_accord.sql"
};

Result<Unit> setup(host::Context& c) {
  auto& brains = c.make<BrainRegistry>();
  brains.add(echo_brain());
  brains.add(flowise_brain());
  brains.add(openai_brain());
  set_up_own_accord(c, brains);
  auto& bots = c.make<BotService>(Deps{.db = c.db(),
                                       .bus = c.bus(),
                                       .homeserver = c.get<matrix::Homeserver>(),
                                       .principals = c.get<identity::Principals>(),
                                       .http = c.http(),
                                       .clock = c.clock(),
                                       .sealing_key = c.sealing_key(),
                                       .metrics = c.metrics(),
                                       .brains = brains,
                                       .home = c.io().next().get_executor(),
                                       .limits = {},
                                       .probe = {}});
  c.offer(bots);
  c.health("fleet", [&bots] { return bots.health(); });
  c.on_start([&bots] { return bots.start_fleet(); });
  c.on_stop([&bots] { return bots.stop_fleet(); });
  return Unit{};
}

}  // namespace

host::Module fleet_module() {
  return {.name = "fleet",
          .migrations = {{.number = 1, .name = "fleet", .sql = {kFleetSql, sizeof kFleetSql}},
                         {.number = 2, .name = "life", .sql = {kLifeSql, sizeof kLifeSql}},
                         {.number = 3, .name = "sessions", .sql = {kSessionsSql, sizeof kSessionsSql}},
                         {.number = 4, .name = "own_accord", .sql = {kOwnAccordSql, sizeof kOwnAccordSql}}},
          .setup = setup};
}

}  // namespace troupe::fleet
