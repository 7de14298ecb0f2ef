// The whole product in one list.
#pragma once
#include <vector>

#include "host/module.h"

namespace troupe::app {

/// Every module that there is. Start order is this order, stop order its reverse.
std::vector<host::Module> every_module();

/// Those of them that run with these settings: the homeserver is the embedded one, or one elsewhere.
std::vector<host::Module> running(std::vector<host::Module> all, const host::Settings& settings);

}  // namespace troupe::app
