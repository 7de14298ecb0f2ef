// The shim alone, as a small static program that Troupe carries inside itself (embedded_shim.cc).
#include "runtime/shim/shim_main.h"

int main(int argc, char** argv) { return troupe::runtime::shim::shim_main(argc, argv).value_or(2); }
