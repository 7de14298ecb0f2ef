// The module's plug.
#pragma once
#include "host/module.h"

namespace troupe::runtime {

/// Offers Drivers (the process and the in-process driver) and InProcessDriver (to register kinds with).
host::Module runtime_module();

}  // namespace troupe::runtime
