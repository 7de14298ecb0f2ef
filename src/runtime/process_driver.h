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
    std::filesystem::path folder;             ///< holds a folder for each task; made when missing
    std::vector<std::string> shim_command{};  ///< where programs cannot run from memory: a command that is the shim
  };
  ProcessDriver(Options options, base::MetricRegistry& metrics);
  /// Tasks go on.
  ~ProcessDriver() override;
  ProcessDriver(const ProcessDriver&) = delete;
  ProcessDriver& operator=(const ProcessDriver&) = delete;

  std::string_view name() const override { return kProcessDriver; }
  bool survives_restart() const override { return true; }
  Task<TaskHandle> start(TaskSpec spec) override;
  Task<TaskStatus> recover(TaskHandle handle) override;
  Task<std::vector<TaskHandle>> list() override;
  Task<ExitResult> wait(std::string task_id, std::chrono::milliseconds patience) override;
  Task<ExitResult> stop(std::string task_id, std::chrono::milliseconds grace) override;
  Task<Unit> destroy(std::string task_id) override;
  Task<TaskStatus> inspect(std::string task_id) override;
  Task<LogPage> logs(std::string task_id, std::int64_t after, std::size_t limit) override;
  Task<LogPage> follow(std::string task_id, std::int64_t after, std::size_t limit,
                       std::chrono::milliseconds patience) override;
  EventListeningPtr on_event(std::function<void(const TaskEvent&)> listener) override;

  /// For a health check: why no task could be started now.
  std::optional<std::string> trouble() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace troupe::runtime
