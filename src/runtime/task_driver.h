// The interface of everything that runs tasks, with Nomad's verbs (Nomad's plugins/drivers: StartTask, RecoverTask,
// WaitTask, StopTask, DestroyTask, InspectTask, TaskEvents), and the registry of the drivers there are.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/observers.h"
#include "base/task.h"
#include "runtime/task_types.h"

namespace troupe::runtime {

/// Runs tasks of one sort. Callable from any thread; a coroutine resumes on the executor of whoever awaits it, and
/// never blocks it. A driver outlives the coroutines it has handed out.
///
/// A task is known from start() or recover() until destroy(). Errors of every verb that takes a task id: not_found (the
/// driver knows no such task); unavailable (the driver stops, or the machine refuses: disk, descriptors, processes).
class TaskDriver {
 public:
  static constexpr std::size_t kMaxLogLines = 1000;  ///< of one page

  virtual ~TaskDriver() = default;
  virtual std::string_view name() const = 0;
  virtual Capabilities capabilities() const = 0;
  /// Is it there, which version, is it well. Any thread, without waiting: a driver that has to ask somebody keeps what
  /// it heard last.
  virtual Fingerprint fingerprint() const = 0;
  /// JSON Schema (net/route/schema.h has the keywords) of TaskSpec::driver_config.
  virtual std::string_view config_schema() const = 0;

  /// Returns when the task runs, or has already ended: a program that is missing, or that ends at once, is an exit
  /// result, not an error here. A task of the same id that has ended is replaced; its log goes on.
  /// Errors: invalid_param (the spec, naming the field: `driver_config/…` for a member of that; also more than
  /// capabilities() has); conflict (a task of this id runs).
  virtual Task<TaskHandle> start(TaskSpec spec) = 0;

  /// Finds a task again after a restart of this program: running, exited (with its exit result), or lost. Whatever a
  /// lost task has left behind is killed. May be called again; a task the driver knows already is just inspected. A
  /// handle of an older run than the present one of that id is lost. Errors: invalid_param (another driver's handle).
  virtual Task<TaskStatus> recover(TaskHandle handle) = 0;

  /// Every task the driver can find, also those nobody has recovered yet: what to compare the stored handles with, so
  /// that no task runs that nobody wants.
  virtual Task<std::vector<TaskHandle>> list() = 0;

  /// Waits until the task ends. A lost task has ended: its result carries an error. Error: timed_out.
  virtual Task<ExitResult> wait(std::string task_id, std::chrono::milliseconds patience) = 0;

  /// Asks the task to end, kills it after the grace (0: at once; at most one hour), and returns when nothing of it runs
  /// any more. A task that has ended: its result. A second stop with less grace shortens the first.
  virtual Task<ExitResult> stop(std::string task_id, std::chrono::milliseconds grace) = 0;

  /// Kills the task if it runs and removes all that is left of it: log, files, the name. Unknown: done already.
  virtual Task<Unit> destroy(std::string task_id) = 0;

  virtual Task<TaskStatus> inspect(std::string task_id) = 0;

  /// Runs a command inside a running task and waits for its end; whatever it leaves running is killed. It ends with the
  /// task, and with this program. A missing program is an exit result. Errors: invalid_param (the order); conflict (the
  /// task does not run); unsupported (not by this driver, which says so here).
  virtual Task<ExecResult> exec(std::string task_id, ExecOrder order);
  /// Sends a signal (1 to 64) to the task's first process. Errors: invalid_param (no signal); conflict (the task does
  /// not run); unsupported (not by this driver, which says so here).
  virtual Task<Unit> signal(std::string task_id, int signal);

  /// Lines with a number greater than `after`, oldest first; `after` < 0: the newest `limit` lines. limit: 1 to
  /// kMaxLogLines.
  virtual Task<LogPage> logs(std::string task_id, std::int64_t after, std::size_t limit) = 0;
  /// The same, but waits up to `patience` for the first line when there is none yet; then an empty page.
  virtual Task<LogPage> follow(std::string task_id, std::int64_t after, std::size_t limit,
                               std::chrono::milliseconds patience) = 0;

  /// Called for each event on a thread of the driver's: be quick, post the work elsewhere. Events may be merged or
  /// missed around a restart: they say when to look, inspect() says what is.
  virtual base::SubscriptionPtr on_event(std::function<void(const TaskEvent&)> listener) = 0;
};

/// The drivers there are, by name. Filled while modules start, then only read.
class Drivers {
 public:
  /// The driver must outlive this. Throws std::logic_error when the name is taken.
  void add(TaskDriver& driver);
  /// nullptr: there is none of this name.
  TaskDriver* find(std::string_view name) const;
  const std::vector<TaskDriver*>& all() const { return drivers_; }
  /// For a health check: what the fingerprints of those that are not well say; nothing: all are. Any thread.
  std::optional<std::string> trouble() const;

 private:
  std::vector<TaskDriver*> drivers_;
};

inline constexpr std::string_view kInProcessDriver = "in_process";
inline constexpr std::string_view kProcessDriver = "process";

}  // namespace troupe::runtime
