// What the drivers of clusters (nomad/, kubernetes/) say to their engines: the few verbs that differ. Everything that
// does not is in cluster_driver.h.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/task_driver.h"

namespace troupe::runtime::cluster {

/// One run of a task as the engine tells of it.
struct Sighting {
  enum class Phase {
    waiting,  ///< ordered, and not running yet
    running,  ///< or nobody can say: a node that is not heard of is no proof of death
    ended,
  };
  std::string task_id{};
  std::string run{};
  std::int64_t log_after = 0;   ///< lines of earlier runs
  boost::json::object state{};  ///< what the engine's verbs need to find it
  Phase phase = Phase::waiting;
  base::UnixMs started_at = 0;
  ExitResult exit{};         ///< when ended
  bool unknown_end = false;  ///< ended, and nobody knows how: lost
  std::string trouble{};     ///< why it still waits, for people
  bool hopeless = false;     ///< it waits for what will never be
};

/// A run to be started.
struct Order {
  TaskSpec spec{};
  std::string run{};
  std::int64_t log_after = 0;
};

/// New lines of a run, and where to read on.
struct LogPiece {
  std::vector<LogLine> lines{};  ///< without numbers
  boost::json::object place{};
};

/// Looks at all runs of this instance again and again. One caller at a time.
class Watch {
 public:
  virtual ~Watch() = default;
  /// All runs: the first time at once, later when something may have changed or the patience is over. After an error
  /// the watch is of no use any more. Errors: those of the engine.
  virtual Task<std::vector<Sighting>> next(std::chrono::milliseconds patience) = 0;
};

/// An engine that runs tasks elsewhere. Callable on one executor of one thread; kept alive by its caller until a
/// coroutine ends. Errors of every verb: unavailable, timed_out (the engine is away), forbidden (it refuses), internal
/// (an answer nobody understands), beside those that are named.
class Cluster {
 public:
  virtual ~Cluster() = default;
  virtual std::string_view name() const = 0;
  virtual std::string_view title() const = 0;  ///< for people
  virtual Capabilities capabilities() const = 0;
  virtual std::string_view config_schema() const = 0;
  /// What only this engine cannot do. Error: invalid_param, naming the field.
  virtual Result<Unit> check(const TaskSpec& spec) const = 0;

  virtual Task<std::string> version() = 0;
  virtual std::unique_ptr<Watch> watch() = 0;
  /// Returns when the engine has the order. The same order again is the same run. Error: conflict (the engine has
  /// another run of this task).
  virtual Task<boost::json::object> submit(Order order) = 0;
  /// Why it is not placed, in words; may be empty.
  virtual Task<std::string> why_waiting(TaskHandle handle) = 0;
  /// Asks the run to end, with what grace the engine can give; 0: kills it. Returns at once. An engine that knows no
  /// such run has nothing to end.
  virtual Task<Unit> end(TaskHandle handle, std::chrono::milliseconds grace) = 0;
  /// Removes what is left of the run and kills what still runs of it; returns when nothing is left.
  virtual Task<Unit> remove(TaskHandle handle) = 0;
  /// Whether the engine, asked for this very run, knows nothing of it.
  virtual Task<bool> is_gone(TaskHandle handle) = 0;
  /// `place`: of the piece before, empty at first.
  virtual Task<LogPiece> log(TaskHandle handle, boost::json::object place) = 0;
  /// Errors: unsupported, invalid_param (no such signal).
  virtual Task<Unit> signal(TaskHandle handle, int signal) = 0;
};

/// 128+n, as shells and engines write a signal that ended a process, becomes the signal.
ExitResult exit_of(std::int64_t code, std::int64_t signal, bool oom_killed, base::UnixMs at);

}  // namespace troupe::runtime::cluster
