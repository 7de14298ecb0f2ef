// Plugs the task driver for Nomad into the program.
#pragma once
#include "host/module.h"

namespace troupe::runtime::nomad {

/// Adds the driver to those of the module `runtime` where nomad.address is set.
host::Module nomad_module();

}  // namespace troupe::runtime::nomad
