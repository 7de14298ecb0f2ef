// The command line: `troupe serve | init | user … | bot … | room … | config check | openapi | version`.
#pragma once
#include <vector>

#include "host/module.h"

namespace troupe::app {

/// Exit codes: 0 done, 1 failed, 2 wrong use.
int run_cli(int argc, char** argv, std::vector<host::Module> every_module);

}  // namespace troupe::app
