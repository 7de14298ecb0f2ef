#include "runtime/shim/shim_main.h"

#include <cstring>

#include "runtime/shim/command_run.h"
#include "runtime/shim/confined.h"
#include "runtime/shim/task_exec.h"
#include "runtime/shim/task_shim.h"

namespace troupe::runtime::shim {

std::optional<int> shim_main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], kShimCommand) == 0) return task_shim_main(argv[2]);
  if (argc == 4 && std::strcmp(argv[1], kExecCommand) == 0) return task_exec_main(argv[2], argv[3]);
  if (argc == 2 && std::strcmp(argv[1], kCommandRun) == 0) return command_run_main();
  if (argc == 3 && std::strcmp(argv[1], kConfined) == 0) return confined_main(std::strcmp(argv[2], kLimitEach) == 0);
  return std::nullopt;
}

}  // namespace troupe::runtime::shim
