// Bots: their life cycle, their brains, and their answers.
#pragma once
#include "host/module.h"

namespace troupe::fleet {

/// Needs matrix::Homeserver and identity; offers fleet::BotService.
host::Module fleet_module();

}  // namespace troupe::fleet
