// The dashboard: /api/v1, the legacy faces, the static console, health, metrics and the API document.
#pragma once
#include "host/module.h"

namespace troupe::console {

/// Needs identity, the homeserver (matrix/homeserver.h) and fleet. Set up after them.
host::Module console_module();

}  // namespace troupe::console
