// The command line: `troupe serve | init | user … | bot … | room … | config check | openapi | version`.
#pragma once

namespace troupe::app {

/// Exit codes: 0 done, 1 failed, 2 wrong use.
int run_cli(int argc, char** argv);

}  // namespace troupe::app
