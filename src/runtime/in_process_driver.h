// Runs tasks as coroutines inside this program: kinds registered by name.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "base/metrics.h"
#include "runtime/homed_driver.h"

namespace troupe::runtime {

/// What a running task is given. Its members may be used from any thread.
class InProcessTask {
 public:
  virtual ~InProcessTask() = default;
  virtual const TaskSpec& spec() const = 0;
  /// `config` of its driver_config.
  virtual const boost::json::object& config() const = 0;
  /// A secret of the spec; nullptr: there is none of this name.
  virtual const std::string* secret(std::string_view name) const = 0;
  /// Line ends cut it into lines; each at most `spec().output.line_bytes`.
  virtual void log(LogSource source, std::string_view text) = 0;
  /// Whether the task was asked to stop.
  virtual bool stopping() const = 0;
  /// Sleeps; false when the task was asked to stop, meanwhile or before. One sleep at a time, on the task's executor.
  virtual asio::awaitable<bool> sleep(std::chrono::milliseconds time) = 0;
  /// Cuts a present sleep short: it returns true, unless the task was asked to stop.
  virtual void wake() = 0;
};
using InProcessTaskPtr = std::shared_ptr<InProcessTask>;

/// Runs a task: its value is the exit code (0 to 255); an Error or an exception is an exit with that error. It runs on
/// an executor of one thread, which it must not block. When it is asked to stop, stopping() becomes true and sleep()
/// ends; after the grace its waits are cancelled (asio's terminal cancellation).
using InProcessKind = std::function<Task<std::int64_t>(InProcessTaskPtr task)>;

struct InProcessState;

/// Tasks end with the program: recover() finds only what this driver itself has started. A coroutine that ignores even
/// the cancellation cannot be killed: stop() answers timed_out then, and the task stays `running`.
class InProcessDriver final : public HomedDriver<InProcessState> {
 public:
  static constexpr std::int64_t kMostLogBytes =
      256 * 1024;  ///< kept in memory of each task, less when the spec says so

  /// `home`: of one thread, for the driver's own state. `executor_for_next` deals each task its executor, of one
  /// thread.
  InProcessDriver(asio::any_io_executor home, std::function<asio::any_io_executor()> executor_for_next,
                  base::MetricRegistry& metrics);
  ~InProcessDriver() override;

  /// With an executor (of one thread) all tasks of this kind run there. Any thread. Throws std::logic_error when the
  /// name is taken.
  void add_kind(std::string name, InProcessKind kind, std::optional<asio::any_io_executor> executor = std::nullopt);
  /// The same, in place of what the name stood for; tasks that run go on as they are.
  void set_kind(std::string name, InProcessKind kind, std::optional<asio::any_io_executor> executor = std::nullopt);
  /// Stops every task; for the end of the program.
  Task<Unit> stop_all(std::chrono::milliseconds grace);

  std::string_view name() const override { return kInProcessDriver; }
  Capabilities capabilities() const override { return {.logs = true}; }
  Fingerprint fingerprint() const override { return {.health = Fingerprint::Health::healthy}; }
  /// {"kind": a kind registered here, "config": an object, given to it}.
  std::string_view config_schema() const override;
};

}  // namespace troupe::runtime
