#include "fleet/module.h"

#include "fleet/bots/bot_service.h"
#include "fleet/brains/flowise/flowise_brain.h"
#include "fleet/brains/openai/openai_brain.h"
#include "fleet/brains/program_brain.h"
#include "fleet/life/program_launcher.h"
#include "fleet/migrations.gen.h"
#include "fleet/own_accord/own_accord.h"
#include "fleet/routes/fleet_routes.h"
#include "host/age_clock.h"
#include "host/lease.h"
#include "runtime/in_process_driver.h"

namespace troupe::fleet {
namespace {

/// Of this server's client API as programs on this machine reach it.
std::string matrix_address(const host::Settings& settings) {
  auto endpoint = settings.listen_matrix;
  for (std::string_view everywhere : {"0.0.0.0:", "[::]:"}) {
    if (endpoint.starts_with(everywhere)) endpoint.replace(0, everywhere.size(), "127.0.0.1:");
  }
  return (settings.tls_certificate.empty() ? "http://" : "https://") + endpoint;
}

Result<Unit> setup(host::Context& c) {
  auto& kinds = c.make<BotKinds>();
  kinds.add(echo_brain());
  kinds.add(flowise_brain());
  kinds.add(openai_brain());
  const auto own_accord = set_up_own_accord(c, kinds);
  kinds.add(program_kind(c.settings().allow_programs ? std::string() : std::string(kProgramsOff)));
  c.offer(kinds);
  auto& drivers = c.get<runtime::Drivers>();
  auto* leases = c.find<host::Leases>();
  const auto& settings = c.settings();
  asio::any_io_executor home = c.io().next().get_executor();
  auto& bots = c.make<BotService>(Deps{.db = c.db(),
                                       .bus = c.bus(),
                                       .homeserver = c.get<matrix::Homeserver>(),
                                       .principals = c.get<identity::Principals>(),
                                       .http = c.http(),
                                       .clock = c.clock(),
                                       .ages = host::age_clock(c),
                                       .sealing_key = c.sealing_key(),
                                       .metrics = c.metrics(),
                                       .kinds = kinds,
                                       .home = home,
                                       .limits = {},
                                       .state_dir = std::filesystem::absolute(settings.data_dir) / "bots",
                                       .matrix_address = matrix_address(settings),
                                       .drivers = &drivers,
                                       .in_process = &c.get<runtime::InProcessDriver>(),
                                       .lease = leases ? &leases->get(kFleetLease) : nullptr});
  add_fleet_routes(c, bots, own_accord.hooks, own_accord.late);
  c.offer(bots);
  c.health("fleet", [&bots] { return bots.health(); });
  c.on_start([&bots] { return bots.start_fleet(); });
  c.on_stop([&bots] { return bots.stop_fleet(); });
  return Unit{};
}

}  // namespace

host::Module fleet_module() {
  const auto all = migrations();
  return {.name = "fleet",
          .migrations = {all.begin(), all.end()},
          .setup = setup,
          .sealed_query =
              "SELECT 1 FROM fleet_bot WHERE sealed_secrets IS NOT NULL OR sealed_password IS NOT NULL LIMIT 1"};
}

}  // namespace troupe::fleet
