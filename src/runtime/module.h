// The module's plug.
#pragma once
#include "host/module.h"

namespace troupe::runtime {

/// Offers Drivers (the process and the in-process driver), InProcessDriver (to register kinds with) and
/// sandbox::Commands (to run a command in the sandbox and wait for its end).
host::Module runtime_module();

}  // namespace troupe::runtime
