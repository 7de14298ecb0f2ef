#include "meetings/whisper/worker.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <filesystem>
#include <thread>

#include "kit/socket_program.h"
#include "kit/task_runner.h"
#include "net/server/server.h"
#include "store/test_database.h"

namespace troupe::meetings::whisper {
namespace {

using std::chrono::milliseconds;

/// Programs whose other side is a thread of the test's, which ends with what it is told to say.
class FakePrograms final : public runtime::sandbox::Programs {
 public:
  std::vector<std::string> says;  ///< by the number of the start; the last holds for all after it
  std::atomic<int> starts{0};
  std::atomic<int> running{0};

  ~FakePrograms() override {
    for (auto& each : threads_) each.join();
  }
  Task<std::unique_ptr<runtime::sandbox::Program>> start(runtime::sandbox::ProgramOrder order) override {
    EXPECT_FALSE(order.sandbox);
    EXPECT_TRUE(std::filesystem::is_directory(order.folder));
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
      co_return Error(Errc::unavailable);
    }
    const auto number = static_cast<std::size_t>(starts++);
    const auto words = says[std::min(number, says.size() - 1)];
    ++running;
    threads_.emplace_back([this, words, socket = ends[1]] {
      for (const char c : words) static_cast<void>(::send(socket, &c, 1, MSG_NOSIGNAL));
      if (!words.ends_with("end\n")) {
        const int flags = 0;
        char byte = 0;
        while (::recv(socket, &byte, 1, flags) < 0 && errno == EAGAIN) {
          std::this_thread::sleep_for(milliseconds(1));
        }
      }
      ::close(socket);
      --running;
    });
    std::unique_ptr<runtime::sandbox::Program> out =
        std::make_unique<kit::SocketProgram>(ends[0], "it exited with code 1 (no model)");
    co_return out;
  }

 private:
  std::vector<std::thread> threads_;
};

class WorkerTest : public ::testing::Test, protected kit::TaskRunner {
 protected:
  WorkerTest() {
    options.command = {"node", "main.mjs"};
    options.folder = (dir.path() / "worker").string();
    options.first_pause = milliseconds(1);
    options.longest_pause = milliseconds(5);
    options.ready = milliseconds(5'000);
  }
  ~WorkerTest() override {
    if (worker) must(worker->stop());
    io.stop();
  }
  asio::any_io_executor tasks_run_on() override { return io.at(0).get_executor(); }
  void begin() { worker = std::make_unique<Worker>(&programs, io.at(0).get_executor(), options); }

  store::TempDir dir;
  net::server::IoThreads io{1};
  FakePrograms programs;
  WorkerOptions options;
  std::unique_ptr<Worker> worker;
};

TEST_F(WorkerTest, IsStartedOnceWhenItIsFirstNeeded) {
  programs.says = {"loading\nready ws://127.0.0.1:4711\nmore words\n"};
  begin();
  EXPECT_EQ(programs.starts, 0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(must(worker->address()), "ws://127.0.0.1:4711");
  EXPECT_EQ(programs.starts, 1);
  EXPECT_FALSE(worker->trouble());
  must(worker->stop());
  EXPECT_TRUE(eventually([&] { return programs.running == 0; }));
  EXPECT_FALSE(run(worker->address()));
}

TEST_F(WorkerTest, OneThatEndsIsStartedAgainAndItsWordsAreTheTrouble) {
  programs.says = {"end\n", "end\n", "ready ws://127.0.0.1:4712\n"};
  begin();
  EXPECT_TRUE(eventually([&] {
    const auto found = run(worker->address());
    if (!found) EXPECT_NE(worker->trouble().value_or("").find("no model"), std::string::npos);
    return found.has_value();
  }));
  EXPECT_EQ(programs.starts, 3);
  EXPECT_FALSE(worker->trouble());
}

TEST_F(WorkerTest, OneThatListensElsewhereOrNeverIsNotBelieved) {
  options.ready = milliseconds(100);
  programs.says = {"ready ws://10.0.0.1:1\nready http://127.0.0.1:1\n"};
  begin();
  const auto found = run(worker->address());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), Errc::unavailable);
  EXPECT_TRUE(eventually([&] { return worker->trouble().has_value(); }));
}

TEST_F(WorkerTest, ManyWhoWaitForItLetEachOtherSleep) {
  options.ready = milliseconds(600);
  programs.says = {"loading\n"};
  begin();
  const auto used = [] {
    timespec at{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return std::chrono::seconds(at.tv_sec) + std::chrono::nanoseconds(at.tv_nsec);
  };
  const auto before = used();
  {
    std::vector<std::jthread> all;
    for (int i = 0; i < 3; ++i) all.emplace_back([&] { EXPECT_FALSE(run(worker->address())); });
  }
  EXPECT_LT(used() - before, milliseconds(300)) << "they wake each other";
  EXPECT_EQ(programs.starts, 1);
}

TEST_F(WorkerTest, WithoutProgramsItSaysSo) {
  worker = std::make_unique<Worker>(nullptr, io.at(0).get_executor(), options);
  EXPECT_TRUE(worker->trouble());
  EXPECT_FALSE(run(worker->address()));
}

}  // namespace
}  // namespace troupe::meetings::whisper
