// The program's entry: everything else is in cli.cc.
#include "app/cli.h"
#include "app/modules.h"
#include "runtime/shim/shim_main.h"

int main(int argc, char** argv) {
  // A task's shim stays small: nothing of the program is set up for it.
  if (const auto code = troupe::runtime::shim::shim_main(argc, argv)) return *code;
  return troupe::app::run_cli(argc, argv, troupe::app::every_module());
}
