// A process driver over a folder of its own, and shell scripts as its tasks.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/crypto.h"
#include "kit/task_runner.h"
#include "runtime/process_driver.h"
#include "runtime/shim/folder.h"
#include "runtime/shim/processes.h"

namespace troupe::runtime::testing_process_driver {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

/// The living processes whose command line holds a text that nothing else holds.
inline std::vector<shim::ProcessStat> processes_with(const std::string& token) {
  return shim::find_processes([&](const shim::ProcessStat& process) {
    if (process.state == 'Z' || process.pid == ::getpid()) return false;
    const auto line = shim::read_file("/proc/" + std::to_string(process.pid) + "/cmdline", 1 << 20);
    return line && line->find(token) != std::string::npos;
  });
}

class ProcessDriverTest : public testing::Test, protected kit::TaskRunner {
 protected:
  ProcessDriverTest() : thread_([this] { io_.run(); }) {
    auto pattern = (fs::temp_directory_path() / "troupe-process-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    // Digits only: it serves as a number of seconds as well.
    for (const char c : base::random_bytes(12)) token_ += static_cast<char>('0' + (static_cast<unsigned char>(c) % 10));
    open();
  }
  ~ProcessDriverTest() override {
    if (auto tasks = run(driver_->list())) {
      for (const auto& handle : *tasks) EXPECT_TRUE(run(driver_->destroy(handle.task_id)));
    }
    EXPECT_TRUE(processes_with(token_).empty()) << "something was left running";
    driver_.reset();
    work_.reset();
    io_.stop();
    thread_.join();
    fs::remove_all(folder_);
  }

  void open() { driver_ = std::make_unique<ProcessDriver>(ProcessDriver::Options{.folder = folder_}, metrics_); }
  /// As far as tasks can tell, Troupe is killed.
  void close() { driver_.reset(); }

  asio::any_io_executor tasks_run_on() override { return io_.get_executor(); }
  /// A long sleep that can be found by its command line: part of a script.
  std::string sleeper() const { return "sleep 4000." + token_; }
  static TaskSpec shell(std::string script) {
    TaskSpec spec;
    spec.id = "t";
    spec.argv = {"sh", "-c", std::move(script)};
    return spec;
  }
  TaskHandle start(TaskSpec spec) {
    auto handle = run(driver_->start(std::move(spec)));
    EXPECT_TRUE(handle) << (handle ? "" : handle.error().message() + ": " + handle.error().detail());
    return handle.value_or(TaskHandle{});
  }
  ExitResult run_to_end(TaskSpec spec) {
    const auto id = spec.id;
    start(std::move(spec));
    return ended(id);
  }
  ExitResult ended(const std::string& id = "t") {
    auto exit = run(driver_->wait(id, 30s));
    EXPECT_TRUE(exit);
    return exit.value_or(ExitResult{.error = "did not end"});
  }
  std::string output(const std::string& id = "t") {
    auto page = run(driver_->logs(id, 0, TaskDriver::kMaxLogLines));
    EXPECT_TRUE(page);
    std::string text;
    if (page) {
      for (const auto& line : page->lines) text += line.text + "\n";
    }
    return text;
  }
  /// Until the task has said this.
  bool said(const std::string& text, const std::string& id = "t") {
    return eventually([&] { return output(id).find(text) != std::string::npos; });
  }
  std::int64_t shim_of(const std::string& id = "t") const { return shim::shim_pid((folder_ / id).string()); }

  fs::path folder_;
  std::string token_;
  base::MetricRegistry metrics_;
  std::unique_ptr<ProcessDriver> driver_;

 private:
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  std::thread thread_;
};

}  // namespace troupe::runtime::testing_process_driver
