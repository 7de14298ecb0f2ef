// Sentences over the shipped packs → the task or the question they become.
#include <fstream>
#include <iostream>
#include "assistant/planner/planner_fixture.h"

namespace troupe::assistant::planner {
namespace {

TEST(Probe, All) {
  std::ifstream in("/tmp/planner_probe.txt");
  std::string line;
  while (std::getline(in, line)) std::cout << line << "\n    => " << told(planned(line)) << "\n";
}

}  // namespace
}  // namespace troupe::assistant::planner
