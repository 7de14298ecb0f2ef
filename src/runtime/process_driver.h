// Runs any program as a task, each under a small shim that survives a restart of this program. README.md has the whole.
#pragma once
#include <filesystem>
#include <memory>

#include "base/metrics.h"
#include "runtime/task_driver.h"

namespace troupe::runtime {

/// One for a data folder, kept by the lock of that folder. Works on a thread of its own.
class ProcessDriver final : public TaskDriver {
 public:
  struct Options {
    std::filesystem::path folder;  ///< holds a folder for each task; made when missing
    std::vector<std::string>
        shim_command{};  ///< where programs cannot run from memory: a command that is the shim's program
  };
  ProcessDriver(Options options, base::MetricRegistry& metrics);
  /// Tasks go on.
  ~ProcessDriver() override;
  ProcessDriver(const ProcessDriver&) = delete;
  ProcessDriver& operator=(const ProcessDriver&) = delete;

  std::string_view name() const override { return kProcessDriver; }
  Capabilities capabilities() const override;
  /// Its version is the kernel's.
  Fingerprint fingerprint() const override;
  /// {"working_dir": an absolute path; without it the folder `work` in the task's own, which lasts over restarts}.
  std::string_view config_schema() const override;
  Task<TaskHandle> start(TaskSpec spec) override;
  Task<TaskStatus> recover(TaskHandle handle) override;
  Task<std::vector<TaskHandle>> list() override;
  Task<ExitResult> wait(std::string task_id, std::chrono::milliseconds patience) override;
  Task<ExitResult> stop(std::string task_id, std::chrono::milliseconds grace) override;
  Task<Unit> destroy(std::string task_id) override;
  Task<TaskStatus> inspect(std::string task_id) override;
  Task<ExecResult> exec(std::string task_id, ExecOrder order) override;
  Task<Unit> signal(std::string task_id, int signal) override;
  Task<LogPage> logs(std::string task_id, std::int64_t after, std::size_t limit) override;
  Task<LogPage> follow(std::string task_id, std::int64_t after, std::size_t limit,
                       std::chrono::milliseconds patience) override;
  base::SubscriptionPtr on_event(std::function<void(const TaskEvent&)> listener) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace troupe::runtime
