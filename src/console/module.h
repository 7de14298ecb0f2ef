// The dashboard: /api/v1, seed 000's face, the static console, health, metrics and the API document.
#pragma once
#include "host/module.h"

namespace troupe::console {

/// Needs identity, matrix::Homeserver and fleet. Set up after them.
host::Module console_module();

}  // namespace troupe::console
