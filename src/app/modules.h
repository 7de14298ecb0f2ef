// The whole product in one list.
#pragma once
#include <vector>

#include "host/module.h"

namespace troupe::app {

/// Start order is this order, stop order its reverse.
std::vector<host::Module> modules();

}  // namespace troupe::app
