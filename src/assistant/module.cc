#include "assistant/module.h"

#include "assistant/dialogue/set_up.h"
#include "assistant/executor/set_up.h"
#include "assistant/mcp/mcp_routes.h"
#include "assistant/migrations.gen.h"
#include "assistant/routes/pack_routes.h"
#include "assistant/routes/routes.h"
#include "assistant/services/set_up.h"
#include "assistant/settings.h"
#include "assistant/sign_in/set_up.h"
#include "assistant/surfaces/surfaces.h"
#include "assistant/tasks/conversations.h"
#include "assistant/tasks/lives.h"
#include "assistant/tasks/tasks.h"
#include "host/age_clock.h"
#include "host/lease.h"

namespace troupe::assistant {
namespace {

constexpr std::chrono::seconds kLifeEvery{5};

std::string holder_of(host::Context& c) {
  const auto* leases = c.find<host::Leases>();
  return leases != nullptr ? leases->holder() : "one";
}

tasks::Workers& set_up_workers(host::Context& c) {
  auto& workers = c.make<tasks::Workers>(c.db(), c.clock(), holder_of(c), !c.db().shared());
  c.every(
      {.name = "assistant.beat", .every = tasks::Workers::kBeatEvery, .run = [&workers] { return workers.beat(); }});
  c.on_start([&workers] { return workers.start(); });
  c.on_stop([&workers] { return workers.stop(); });
  return workers;
}

tasks::Lives& set_up_lives(host::Context& c) {
  auto& lives = c.make<tasks::Lives>(c.db(), c.settings().data_dir / "assistant.life", holder_of(c));
  c.health("assistant writes", [&lives] { return lives.trouble(); });
  c.every({.name = "assistant.life", .every = kLifeEvery, .run = [&lives] { return lives.follow(); }});
  c.on_start([&lives] { return lives.start(); });
  return lives;
}

Result<Unit> set_up(host::Context& c) {
  auto& audit = c.get<identity::Audit>();
  auto& secrets = c.make<tasks::Secrets>();
  auto& journal = c.make<tasks::Journal>(
      tasks::Journal::Uses{.db = c.db(), .bus = c.bus(), .audit = audit, .clock = c.clock(), .secrets = secrets});
  audit.compare_with(journal);
  auto& conversations =
      c.make<tasks::Conversations>(tasks::Conversations::Uses{.db = c.db(), .clock = c.clock(), .secrets = secrets});
  auto& made = c.make<tasks::Tasks>(tasks::Tasks::Uses{.db = c.db(),
                                                       .bus = c.bus(),
                                                       .clock = c.clock(),
                                                       .audit = audit,
                                                       .secrets = secrets,
                                                       .workers = set_up_workers(c),
                                                       .journal = journal});
  auto& lives = set_up_lives(c);
  c.every({.name = "assistant.sweep",
           .every = std::chrono::hours(1),
           .run =
               [&made, &ages = host::age_clock(c), keep = c.settings().of<AssistantSettings>()] {
                 return made.sweep(keep.keep_days, keep.keep_calls_days, ages.unix_ms());
               },
           .singleton = true});
  c.offer(lives);
  c.offer(secrets);
  c.offer(journal);
  c.offer(conversations);
  c.offer(made);
  services::set_up_services(c);
  executor::set_up_executor(c);
  dialogue::set_up_dialogue(c);
  routes::set_up_routes(c);
  routes::set_up_pack_routes(c);
  sign_in::set_up_sign_in(c);
  mcp::set_up_mcp(c);
  surfaces::set_up_surfaces(c);
  return Unit{};
}

}  // namespace

host::Module assistant_module() {
  const auto all = migrations();
  return {.name = "assistant",
          .migrations = {all.begin(), all.end()},
          .setup = set_up,
          .sealed_query =
              "SELECT 1 FROM as_service WHERE sealed_secrets IS NOT NULL UNION ALL SELECT 1 FROM as_grant LIMIT 1",
          .settings = setting_rows(),
          .doctor = services::service_checks(),
          .backup = {services::backup_of_packs()}};
}

}  // namespace troupe::assistant
