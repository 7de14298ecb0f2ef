#include "fleet/own_accord/own_accord.h"

#include "fleet/brains/command_brain.h"
#include "fleet/brains/webhook_brain.h"
#include "fleet/own_accord/hook_service.h"
#include "fleet/own_accord/late_answers.h"

namespace troupe::fleet {

void set_up_own_accord(host::Context& c, BrainRegistry& brains) {
  auto& homeserver = c.get<matrix::Homeserver>();
  asio::any_io_executor home = c.io().next().get_executor();
  auto& outbox = c.make<Outbox>(Outbox::Deps{.db = c.db(),
                                             .bus = c.bus(),
                                             .homeserver = homeserver,
                                             .clock = c.clock(),
                                             .metrics = c.metrics(),
                                             .home = home});
  auto& scheduler = c.make<Scheduler>(
      Scheduler::Deps{.db = c.db(), .bus = c.bus(), .clock = c.clock(), .outbox = outbox, .home = home});
  auto& late = c.make<LateAnswers>(c.db(), c.bus(), c.clock());
  auto& hooks = c.make<HookService>(c.db(), homeserver, c.clock(), outbox, c.settings().rate_limits);

  brains.add(webhook_brain(&late));
  brains.add(command_brain({.db = c.db(), .clock = c.clock(), .scheduler = scheduler}));
  add_hook_routes(c.routes(), hooks);
  add_late_routes(c.routes(), late);
  c.offer(hooks);

  c.on_start([&outbox] { return outbox.start(); });
  c.on_stop([&outbox] { return outbox.stop(); });
  c.on_start([&scheduler] { return scheduler.start(); });
  c.on_stop([&scheduler] { return scheduler.stop(); });
  c.every({.name = "fleet.tidy_hooks", .every = std::chrono::hours(1), .run = [&hooks] { return hooks.tidy(); }});
  c.every({.name = "fleet.tidy_late", .every = std::chrono::hours(1), .run = [&late] { return late.tidy(); }});
}

}  // namespace troupe::fleet
