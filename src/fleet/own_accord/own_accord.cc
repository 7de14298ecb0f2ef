#include "fleet/own_accord/own_accord.h"

#include "fleet/brains/command_brain.h"
#include "fleet/brains/webhook_brain.h"
#include "host/age_clock.h"

namespace troupe::fleet {

OwnAccord set_up_own_accord(host::Context& c, BotKinds& kinds) {
  auto& homeserver = c.get<matrix::Homeserver>();
  auto& late = c.make<LateAnswers>(c.db(), c.bus(), c.clock());
  auto& hooks = c.make<HookService>(c.db(), homeserver, c.clock(), c.bus(), c.settings().rate_limits);

  kinds.add(webhook_brain(&late));
  kinds.add(command_brain({.db = c.db(), .clock = c.clock(), .bus = c.bus()}));

  const auto& ages = host::age_clock(c);
  c.every({.name = "fleet.tidy_hooks", .every = std::chrono::hours(1), .run = [&hooks, &ages] {
             return hooks.tidy(ages.unix_ms());
           }});
  c.every({.name = "fleet.tidy_late", .every = std::chrono::hours(1), .run = [&late, &ages] {
             return late.tidy(ages.unix_ms());
           }});
  return {.hooks = hooks, .late = late};
}

}  // namespace troupe::fleet
