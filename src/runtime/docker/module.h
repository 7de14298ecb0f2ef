// The plug of the drivers that run tasks as containers.
#pragma once
#include "host/module.h"

namespace troupe::runtime::docker {

/// Adds a driver for each engine that is configured, Docker and Podman, to Drivers; none is waited for.
host::Module containers_module();

}  // namespace troupe::runtime::docker
