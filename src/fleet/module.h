// Bots: their life cycle, their brains, and their answers.
#pragma once
#include "host/module.h"

namespace troupe::fleet {

/// Needs the homeserver (matrix/homeserver.h) and identity; offers fleet::service::BotService.
host::Module fleet_module();

}  // namespace troupe::fleet
