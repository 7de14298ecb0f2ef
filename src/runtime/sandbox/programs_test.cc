// Programs that somebody talks to: what they get, and that nothing of them stays.
#include <sys/socket.h>

#include "runtime/sandbox/commands_fixture.h"
#include "runtime/sandbox/programs.h"

namespace troupe::runtime::sandbox {
namespace {

using namespace testing_commands;

class ProgramsTest : public CommandsTest {
 protected:
  ProgramsTest() { settings_.allow = false; }  // these are no commands

  ProgramOrder order(std::vector<std::string> argv) const { return {.argv = std::move(argv), .folder = work()}; }
  Result<std::unique_ptr<Program>> started(ProgramOrder wanted) { return run(runner().start(std::move(wanted))); }
  /// All that it says until it has ended or said this much.
  static std::string said(int socket, std::size_t bytes) {
    std::string out;
    eventually([&] {
      char piece[4096];
      const auto count = ::recv(socket, piece, sizeof piece, MSG_DONTWAIT);
      if (count > 0) out.append(piece, static_cast<std::size_t>(count));
      return count == 0 || out.size() >= bytes;
    });
    return out;
  }
};

TEST_F(ProgramsTest, TalkOverTheirStandardStreams) {
  auto program = kit::must(started(order({"cat"})));
  const shim::Descriptor socket(program->take_socket());
  ASSERT_TRUE(shim::write_all(socket.get(), "there and back\n"));
  EXPECT_EQ(said(socket.get(), 15), "there and back\n");
  EXPECT_EQ(program->ended(), std::nullopt);
  ::shutdown(socket.get(), SHUT_WR);
  EXPECT_EQ(said(socket.get(), 1), "") << "at the end of its input it goes";
  EXPECT_TRUE(eventually([&] { return program->ended() == "it exited with code 0"; }));
}

TEST_F(ProgramsTest, HaveTheirOwnEnvironmentAndFolder) {
  auto wanted = order({"sh", "-c", "pwd; env; exec 1>&-"});
  wanted.environment["TOKEN"] = "for it alone";
  ::setenv("TROUPE_CANARY_OF_THE_SERVER", "4711", 1);
  auto program = kit::must(started(wanted));
  const shim::Descriptor socket(program->take_socket());
  const auto words = said(socket.get(), 1 << 20);
  ::unsetenv("TROUPE_CANARY_OF_THE_SERVER");
  EXPECT_THAT(words, HasSubstr("TOKEN=for it alone"));
  EXPECT_THAT(words, HasSubstr(fs::canonical(work()).string() + "\n"));
  EXPECT_THAT(words, Not(HasSubstr("CANARY")));
}

TEST_F(ProgramsTest, AreGoneWithAllTheyStartedWhenNobodyHoldsThem) {
  auto program = kit::must(started(order({"sh", "-c", sleeper() + " & setsid " + sleeper() + " & echo on; wait"})));
  {
    const shim::Descriptor socket(program->take_socket());
    EXPECT_EQ(said(socket.get(), 3), "on\n");
    EXPECT_TRUE(eventually([&] { return processes_of_mine().size() >= 3; }));
  }
  program.reset();
  EXPECT_TRUE(eventually([&] { return processes_of_mine().empty(); }));
}

TEST_F(ProgramsTest, EndWithTheRunner) {
  auto program = kit::must(started(order({"sh", "-c", "echo on; " + sleeper()})));
  const shim::Descriptor socket(program->take_socket());
  EXPECT_EQ(said(socket.get(), 3), "on\n");
  EXPECT_TRUE(run(runner().stop()));
  EXPECT_TRUE(eventually([&] { return processes_of_mine().empty(); }));
  EXPECT_FALSE(started(order({"cat"}))) << "none is started while the server stops";
}

TEST_F(ProgramsTest, SayWhyTheyDoNotRun) {
  auto missing = kit::must(started(order({"no-such-program-here"})));
  const shim::Descriptor socket(missing->take_socket());
  EXPECT_EQ(said(socket.get(), 1), "");
  EXPECT_TRUE(eventually([&] { return missing->ended().has_value(); }));
  EXPECT_THAT(*missing->ended(), HasSubstr("There is no program no-such-program-here"));

  auto broken = kit::must(started(order({"sh", "-c", "echo first >&2; echo it broke >&2; exit 3"})));
  EXPECT_TRUE(eventually([&] { return broken->ended().has_value(); }));
  EXPECT_EQ(*broken->ended(), "it exited with code 3 (it broke)");

  EXPECT_FALSE(started(order({})));
  auto nowhere = order({"cat"});
  nowhere.folder = (root_ / "data" / "..").string();
  EXPECT_FALSE(started(nowhere)) << "a folder that holds the server's own";
}

/// Confined for real; skipped, saying why, where no sandbox can be had.
class SandboxedProgramsTest : public SandboxTest {
 protected:
  Result<std::unique_ptr<Program>> started(const std::string& script) {
    ProgramOrder order{.argv = {"sh", "-c", script}, .folder = work(), .sandbox = true};
    order.environment["TOKEN"] = "for it alone";
    return run(runner().start(std::move(order)));
  }
  /// What it says to one line.
  static std::string answer(int socket, const std::string& line) {
    EXPECT_TRUE(shim::write_all(socket, line + "\n"));
    std::string out;
    EXPECT_TRUE(eventually([&] {
      char piece[4096];
      const auto count = ::recv(socket, piece, sizeof piece, MSG_DONTWAIT);
      if (count > 0) out.append(piece, static_cast<std::size_t>(count));
      return count == 0 || out.ends_with("done\n");
    }));
    return out;
  }
  /// Runs each line that it reads.
  static constexpr const char* kObeys = "while read -r line; do eval \"$line\" 2>&1; echo done; done";
};

TEST_F(SandboxedProgramsTest, TalkAndSeeNothingOfTheMachines) {
  write("work/file", "canary-of-the-folder");
  ::setenv("TROUPE_CANARY_OF_THE_SERVER", "4711", 1);
  auto program = kit::must(started(kObeys));
  ::unsetenv("TROUPE_CANARY_OF_THE_SERVER");
  const shim::Descriptor socket(program->take_socket());
  EXPECT_EQ(answer(socket.get(), "echo there and back"), "there and back\ndone\n");
  const auto environment = answer(socket.get(), "env");
  EXPECT_THAT(environment, HasSubstr("TOKEN=for it alone"));
  EXPECT_THAT(environment, Not(HasSubstr("CANARY")));
  const auto read = answer(socket.get(), "cat " + (root_ / "data/secret.key").string() + " " +
                                             (root_ / "work/file").string() + " file; ls -a / /tmp ~ .");
  EXPECT_THAT(read, Not(HasSubstr("canary")));
  EXPECT_THAT(read, Not(HasSubstr(root_.filename().string() + "\n")));
  // What it writes at home is in memory.
  EXPECT_EQ(answer(socket.get(), "echo kept > ~/made && cat ~/made"), "kept\ndone\n");
  EXPECT_FALSE(fs::exists(root_ / "work/made"));
  EXPECT_THAT(answer(socket.get(), "echo x > /usr/made || echo no"), HasSubstr("no\n"));
  // Two lines of head, and its own loopback.
  EXPECT_EQ(answer(socket.get(), "wc -l < /proc/net/dev"), "3\ndone\n");
  EXPECT_EQ(program->ended(), std::nullopt);
}

TEST_F(SandboxedProgramsTest, AreGoneWithAllTheyStarted) {
  auto program = kit::must(started(sleeper() + " & setsid " + sleeper() + " & echo done; wait"));
  {
    const shim::Descriptor socket(program->take_socket());
    EXPECT_EQ(answer(socket.get(), ""), "done\n");
    EXPECT_TRUE(eventually([&] { return processes_of_mine().size() >= 3; }));
  }
  program.reset();
  EXPECT_TRUE(eventually([&] { return processes_of_mine().empty(); }));
}

TEST_F(ProgramsTest, DoNotRunUnconfinedWhereThereIsNoSandbox) {
  const std::vector<std::string> nowhere{(root_ / "nowhere").string()};
  runner_ = std::make_unique<CommandRunner>(
      CommandRunner::Options{.data_dir = (root_ / "data").string(), .settings = settings_, .folders = nowhere},
      metrics_);
  auto wanted = order({"sh", "-c", "echo ran > " + work() + "/ran"});
  wanted.sandbox = true;
  const auto refused = started(wanted);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::unavailable);
  EXPECT_FALSE(fs::exists(root_ / "work/ran"));
}

}  // namespace
}  // namespace troupe::runtime::sandbox
