#include "fleet/brains/program_brain.h"

#include <gtest/gtest.h>

#include <fstream>

#include "store/test_database.h"

namespace troupe::fleet::brains {
namespace {

using ProgramVerdict = BrainTest::Verdict;

TEST(ProgramBrainTest, LooksWhetherTheProgramCouldBeStarted) {
  store::TempDir dir;
  const auto folder = dir.path();
  std::ofstream(folder / "notes.txt") << "text";
  std::ofstream(folder / "run.sh") << "#!/bin/sh\n";
  std::filesystem::permissions(folder / "run.sh", std::filesystem::perms::owner_all);
  auto look = [](std::vector<std::string> command, std::string working_dir = {}) {
    ProgramConfig program;
    program.command = std::move(command);
    program.working_dir = std::move(working_dir);
    return look_at_program(program).verdict;
  };
  EXPECT_EQ(look({(folder / "run.sh").string()}), ProgramVerdict::good);
  EXPECT_EQ(look({"./run.sh"}, folder.string()), ProgramVerdict::good);
  EXPECT_EQ(look({"sh"}), ProgramVerdict::good);
  EXPECT_EQ(look({(folder / "notes.txt").string()}), ProgramVerdict::bad);
  EXPECT_EQ(look({folder.string()}), ProgramVerdict::bad);
  EXPECT_EQ(look({"/no/such/program"}), ProgramVerdict::bad);
  EXPECT_EQ(look({"no-such-program-anywhere"}), ProgramVerdict::bad);
  EXPECT_EQ(look({"./run.sh"}), ProgramVerdict::unsure);
  EXPECT_EQ(look({"sh"}, "/no/such/folder"), ProgramVerdict::bad);
}

}  // namespace
}  // namespace troupe::fleet::brains
