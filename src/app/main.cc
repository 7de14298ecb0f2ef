// The program's entry: everything else is in cli.cc.
#include <malloc.h>

#include "app/cli.h"
#include "app/modules.h"
#include "runtime/shim/shim_main.h"

namespace {

/// What is larger is a mapping of its own, which goes when it is freed; and so much that is free at the end of a heap
/// stays there. Left to itself malloc raises both to the size of what was freed last, up to 32 and 64 MiB a thread: a
/// few long answers would cost a hundred MiB for good.
constexpr int kOwnMapping = 512 * 1024;

}  // namespace

int main(int argc, char** argv) {
  // A task's shim stays small: nothing of the program is set up for it.
  if (const auto code = troupe::runtime::shim::shim_main(argc, argv)) return *code;
  mallopt(M_MMAP_THRESHOLD, kOwnMapping);
  mallopt(M_TRIM_THRESHOLD, kOwnMapping);
  return troupe::app::run_cli(argc, argv, troupe::app::every_module());
}
