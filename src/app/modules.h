// The whole product in one list.
#pragma once
#include <vector>

#include "host/module.h"

namespace troupe::app {

/// Start order is this order, stop order its reverse. The settings decide whether the homeserver is the embedded one or
/// one elsewhere.
std::vector<host::Module> modules(const host::Settings& settings);

}  // namespace troupe::app
