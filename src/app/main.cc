// The program's entry: everything else is in cli.cc.
#include "app/cli.h"

int main(int argc, char** argv) { return troupe::app::run_cli(argc, argv); }
