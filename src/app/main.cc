// The program's entry: everything else is in cli.cc.
#include <string_view>

#include "app/cli.h"
#include "runtime/shim/task_shim.h"

int main(int argc, char** argv) {
  using namespace troupe::runtime;
  // A task's shim stays small: nothing of the program is set up for it.
  if (argc == 3 && argv[1] == std::string_view(shim::kShimCommand)) return shim::task_shim_main(argv[2]);
  return troupe::app::run_cli(argc, argv);
}
