// Commands that run inside a task.
#include <sys/stat.h>

#include <fstream>

#include "runtime/process_driver_fixture.h"

namespace troupe::runtime {
namespace {

using namespace testing_process_driver;

using ProcessCommandsTest = ProcessDriverTest;

TEST_F(ProcessCommandsTest, ACommandInsideATaskHasItsSurroundings) {
  auto spec = shell("exec " + sleeper());
  spec.environment["COLOUR"] = "blue";
  spec.secrets.push_back({.name = "key", .variable = "KEY_FILE", .bytes = "hush"});
  spec.limits.open_files = 77;
  start(std::move(spec));
  const auto done = run(
      driver_->exec("t", {.argv = {"sh", "-c", "echo $COLOUR $TROUPE_TASK_ID; cat $KEY_FILE; echo; pwd; ulimit -n"}}));
  ASSERT_TRUE(done) << done.error().message() << " " << done.error().detail();
  EXPECT_EQ(done->exit.code, 0) << done->err;
  EXPECT_EQ(done->out, "blue t\nhush\n" + (folder_ / "t" / "work").string() + "\n77\n");
  const auto missing = run(driver_->exec("t", {.argv = {"no-such-program-here"}}));
  ASSERT_TRUE(missing);
  EXPECT_THAT(missing->exit.error, HasSubstr("There is no program no-such-program-here"));
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(folder_ / "t")) {
    if (entry.path().filename().string().starts_with("exec.")) left.push_back(entry.path().filename());
  }
  EXPECT_EQ(left, std::vector<std::string>{}) << "orders are removed when they are read";
}

TEST_F(ProcessCommandsTest, ACommandThatTakesTooLongIsKilledWithAllItStarted) {
  start(shell("exec sleep 1000"));
  const auto done = run(driver_->exec(
      "t", {.argv = {"sh", "-c", "echo begun; setsid " + sleeper() + " & exec " + sleeper()}, .patience = 300ms}));
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_TRUE(done->timed_out);
  EXPECT_EQ(done->exit.signal, 9);
  EXPECT_EQ(done->out, "begun\n");
  EXPECT_TRUE(processes_with(token_).empty());
}

TEST_F(ProcessCommandsTest, ACommandLeavesNothingRunning) {
  start(shell("exec sleep 1000"));
  const auto done = run(driver_->exec("t", {.argv = {"sh", "-c", sleeper() + " & exit 4"}}));
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(done->exit.code, 4);
  EXPECT_FALSE(done->timed_out);
  EXPECT_TRUE(processes_with(token_).empty());
}

TEST_F(ProcessCommandsTest, OfACommandsOutputOnlyTheBeginningIsKept) {
  start(shell("exec sleep 1000"));
  const auto done =
      run(driver_->exec("t", {.argv = {"sh", "-c", "head -c 3000000 /dev/zero; echo end >&2"}, .output_bytes = 1000}));
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(done->exit.code, 0) << "it is read to its end";
  EXPECT_TRUE(done->truncated);
  EXPECT_EQ(done->out, std::string(1000, '\0')) << "bytes as they were";
  EXPECT_EQ(done->err, "end\n");
}

TEST_F(ProcessCommandsTest, ACommandEndsWithItsTask) {
  start(shell("exec sleep 1000"));
  auto command = std::async(std::launch::async, [&] {
    return run(driver_->exec("t", {.argv = {"sh", "-c", "exec " + sleeper()}, .patience = 5min}));
  });
  ASSERT_TRUE(eventually([&] { return !processes_with(token_).empty(); }));
  ASSERT_TRUE(run(driver_->stop("t", 1s)));
  EXPECT_TRUE(processes_with(token_).empty()) << "a stop returns when nothing of the task runs";
  ASSERT_EQ(command.wait_for(30s), std::future_status::ready);
  const auto done = command.get();
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_NE(done->exit.signal, 0) << "killed, or ended by the stop where a control group knows of it";
}

TEST_F(ProcessCommandsTest, ACommandRunsInATaskThatWasAdopted) {
  const auto handle = start(shell("exec sleep 1000"));
  close();
  open();
  ASSERT_TRUE(run(driver_->recover(handle)));
  const auto done = run(driver_->exec("t", {.argv = {"sh", "-c", "echo $TROUPE_TASK_ID"}}));
  ASSERT_TRUE(done) << done.error().message() << " " << done.error().detail();
  EXPECT_EQ(done->out, "t\n");
  ASSERT_TRUE(run(driver_->signal("t", SIGUSR1)));
  EXPECT_EQ(ended().signal, SIGUSR1);
}

}  // namespace
}  // namespace troupe::runtime
