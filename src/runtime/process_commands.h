// Commands that run inside the process driver's tasks, each under a shim of its own (shim/task_exec.h).
#pragma once
#include <memory>
#include <string>

#include "runtime/launch/shim_program.h"
#include "runtime/process_task.h"

namespace troupe::runtime {

/// After the time that something has to end by itself: a process may hang inside the kernel.
inline constexpr std::chrono::milliseconds kKillPatience{30'000};

/// Belongs to the driver's thread, as its coroutines do.
class ProcessCommands {
 public:
  ProcessCommands(asio::io_context& home, const launch::ShimProgram& program) : home_(home), program_(program) {}

  /// Waits for the command's end; kills it when that takes too long. Errors: unavailable.
  Task<ExecResult> run(std::shared_ptr<ProcessTask> task, ExecOrder order);
  /// Commands inside a task end with it.
  asio::awaitable<void> end_all(std::shared_ptr<ProcessTask> task);

 private:
  Task<std::string> answer_of(std::shared_ptr<ProcessTask> task, launch::ShimProgram::Started started,
                              std::chrono::milliseconds patience, std::size_t most);

  asio::io_context& home_;
  const launch::ShimProgram& program_;
};

}  // namespace troupe::runtime
