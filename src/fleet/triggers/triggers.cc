#include "fleet/triggers/triggers.h"

#include "fleet/brains/command_brain.h"
#include "fleet/brains/webhook_brain.h"
#include "fleet/triggers/voice.h"
#include "host/age_clock.h"
#include "matrix/key_exchange.h"

namespace troupe::fleet::triggers {

Triggers set_up_triggers(host::Context& c, brains::BotKinds& kinds) {
  auto& late = c.make<brains::LateAnswers>(c.db(), c.bus(), c.clock());
  const bool bots_encrypt =
      c.settings().of<matrix::EncryptionOptions>().bots && c.find<matrix::KeyExchange>() != nullptr;
  auto& hooks = c.make<HookService>(c.db(), c.get<matrix::RoomActions>(), c.get<matrix::MediaRepository>(), c.clock(),
                                    c.bus(), c.settings().rate_limits, bots_encrypt);

  kinds.add(brains::webhook_brain(&late));
  kinds.add(brains::command_brain({.db = c.db(), .clock = c.clock(), .bus = c.bus()}));

  const auto& ages = host::age_clock(c);
  c.every({.name = "fleet.tidy_hooks", .every = std::chrono::hours(1), .run = [&hooks, &ages] {
             return hooks.tidy(ages.unix_ms());
           }});
  c.every({.name = "fleet.tidy_late", .every = std::chrono::hours(1), .run = [&late, &ages] {
             return late.tidy(ages.unix_ms());
           }});
  c.offer(c.make<Voice>(c.bus(), Voice::FilePlaces{.media = c.get<matrix::MediaRepository>(),
                                                   .rooms = c.get<matrix::RoomActions>(),
                                                   .bots_encrypt = bots_encrypt}));
  return {.hooks = hooks, .late = late};
}

}  // namespace troupe::fleet::triggers
