// The shim alone, as a small static program that Troupe carries inside itself (embedded_shim.cc).
#include <cstring>

#include "runtime/shim/task_shim.h"

int main(int argc, char** argv) {
  using namespace troupe::runtime::shim;
  if (argc != 3 || std::strcmp(argv[1], kShimCommand) != 0) return 2;
  return task_shim_main(argv[2]);
}
