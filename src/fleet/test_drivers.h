// The task drivers that the fleet's module needs, for tests of modules that know the fleet and no drivers.
#pragma once
#include "runtime/module.h"

namespace troupe::fleet {

/// To be set up before fleet_module().
inline host::Module drivers_for_tests() { return runtime::runtime_module(); }

}  // namespace troupe::fleet
