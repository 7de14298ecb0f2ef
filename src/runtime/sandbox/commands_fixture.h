// A command runner over whatever sandbox this machine has, and what a test asks of it.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/crypto.h"
#include "kit/task_runner.h"
#include "runtime/sandbox/command_runner.h"
#include "runtime/shim/folder.h"
#include "runtime/shim/processes.h"

namespace troupe::runtime::sandbox::testing_commands {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

class CommandsTest : public testing::Test, protected kit::TaskRunner {
 protected:
  CommandsTest() : thread_([this] { io_.run(); }) {
    auto pattern = (fs::temp_directory_path() / "troupe-commands-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    fs::create_directories(root_ / "data");
    fs::create_directories(root_ / "work" / "inner");
    write("data/secret.key", "canary-of-the-data-folder");
    // Digits only: it serves as a number of seconds as well.
    for (const char c : base::random_bytes(12)) token_ += static_cast<char>('0' + (static_cast<unsigned char>(c) % 10));
    settings_.allow = true;
  }
  ~CommandsTest() override {
    EXPECT_TRUE(eventually([&] { return processes_of_mine().empty(); })) << "something was left running";
    runner_.reset();
    work_.reset();
    io_.stop();
    thread_.join();
    fs::remove_all(root_);
  }

  void write(const std::string& path, const std::string& text) const { std::ofstream(root_ / path) << text; }
  asio::any_io_executor tasks_run_on() override { return io_.get_executor(); }
  CommandRunner& runner() {
    if (!runner_) {
      runner_ = std::make_unique<CommandRunner>(
          CommandRunner::Options{.data_dir = (root_ / "data").string(), .settings = settings_}, metrics_);
    }
    return *runner_;
  }
  std::string work() const { return (root_ / "work").string(); }
  static CommandOrder shell(std::string text) { return {.text = std::move(text)}; }
  CommandRun done(CommandOrder order) {
    return wait(runner().run(std::move(order), [this](const CommandRun&) { ++records_; }));
  }
  std::string output_of(std::string text) { return done(shell(std::move(text))).out; }
  /// A long sleep that can be found by its command line: part of a script.
  std::string sleeper() const { return "sleep 4000." + token_; }
  std::vector<shim::ProcessStat> processes_of_mine() const {
    return shim::find_processes([&](const shim::ProcessStat& process) {
      if (process.state == 'Z' || process.pid == ::getpid()) return false;
      const auto line = shim::read_file("/proc/" + std::to_string(process.pid) + "/cmdline", 1 << 20);
      return line && line->find(token_) != std::string::npos;
    });
  }

  fs::path root_;
  std::string token_;
  CommandSettings settings_;
  base::MetricRegistry metrics_;
  std::unique_ptr<CommandRunner> runner_;
  std::atomic<int> records_{0};

 private:
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  std::thread thread_;
};

/// Real commands in a real sandbox; skipped, saying why, where none can be had.
class SandboxTest : public CommandsTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(run(runner().probe()));
    const auto standing = runner().standing();
    if (!standing.ready) GTEST_SKIP() << "no sandbox here: " << standing.text;
  }
};

}  // namespace troupe::runtime::sandbox::testing_commands
