// What task drivers speak of: the wanted task, its handle, its state, how it ended, what it said.
#pragma once
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace troupe::runtime {

/// A secret that a task reads from a file of its own. Never in the handle, argv, the environment or a log.
struct SecretFile {
  std::string name{};  ///< file name, [a-z0-9_-]{1,64}
  std::string
      variable;         ///< the environment variable that carries the file's path, e.g. TROUPE_TOKEN_FILE; may be empty
  std::string bytes{};  ///< at most 64 KiB
};

/// Zero: no limit. The process driver applies them (README.md says how); the in-process driver has none.
struct ResourceLimits {
  std::int64_t memory_bytes = 0;  ///< of all the task's processes together; 8 MiB and up
  std::int64_t cpu_seconds = 0;   ///< CPU time of each process, 1 and up
  std::int64_t file_bytes = 0;    ///< largest file it may write
  std::int64_t open_files = 0;    ///< descriptors of each process, 16 and up
  std::int64_t processes = 0;     ///< of the whole user (RLIMIT_NPROC); root does not feel it
  int nice = 0;                   ///< 0 to 19
};

/// What is kept of a task's output. A task that writes faster is slowed down, and lines over the rate are dropped and
/// counted; it never fills the disk.
struct OutputLimits {
  std::int64_t file_bytes = 1024 * 1024;  ///< of one log file, 4 KiB to 64 MiB
  std::int64_t files = 4;                 ///< 1 to 64; the oldest goes first
  std::int64_t line_bytes = 8 * 1024;     ///< 64 to 64 KiB; longer lines are split
  std::int64_t bytes_per_s = 256 * 1024;  ///< sustained rate that is kept, 1 KiB and up; sixteen seconds' worth at once
};

/// What of the network a task sees.
enum class Network {
  host,  ///< this machine's
  none,
};

/// How far a task is kept from this machine.
enum class Sandbox {
  none,       ///< it runs inside Troupe
  process,    ///< a process of Troupe's user, with that user's files
  container,  ///< its own files, users and processes
  machine,    ///< a machine of its own
};
std::string_view name_of(Sandbox sandbox);

/// A task as somebody wants it.
struct TaskSpec {
  std::string id{};  ///< [a-z0-9][a-z0-9._-]{0,99}, no ".."; one task of this id runs at a time
  std::map<std::string, std::string> environment{};  ///< at most 128; names [A-Za-z_][A-Za-z0-9_]*; no secrets
  std::vector<SecretFile> secrets{};                 ///< at most 16

  std::vector<std::string> argv{};  ///< never through a shell; argv[0] absolute, or found in PATH; at most 128, 64 KiB
  ResourceLimits limits{};
  OutputLimits output{};
  Network network = Network::host;
  boost::json::object driver_config{};  ///< what only this driver knows, as its config_schema() says; no secrets
};

/// What a driver can do. A spec or a verb that asks for more is refused.
struct Capabilities {
  bool programs = false;    ///< runs a command line (argv); else only what its driver_config names
  bool exec = false;        ///< runs further commands inside a running task
  bool signals = false;     ///< sends signals
  bool logs = false;        ///< keeps what a task prints
  bool limits = false;      ///< keeps ResourceLimits
  bool no_network = false;  ///< can run a task without network
  bool adopts = false;      ///< tasks go on while this program is away: recover() finds them
  bool shared = false;      ///< its engine tells every process of Troupe the same: tasks are of no one machine
  Sandbox sandbox = Sandbox::none;
};

/// Whether a driver can be used, and what it is.
struct Fingerprint {
  enum class Health {
    missing,    ///< what it needs is not there
    unhealthy,  ///< it is there and does not work; `text` says why
    healthy,
  };
  Health health = Health::missing;
  std::string version{};                            ///< of what runs the tasks; empty: Troupe itself
  std::string text{};                               ///< for people; empty: all is well
  std::map<std::string, std::string> attributes{};  ///< what else is known, for people
};
std::string_view name_of(Fingerprint::Health health);

/// A command to be run inside a running task.
struct ExecOrder {
  std::vector<std::string> argv{};  ///< as in a TaskSpec; in the task's folder, with its environment and limits
  std::chrono::milliseconds patience{10'000};  ///< then it is killed; 1 ms to ten minutes
  std::int64_t output_bytes = 64 * 1024;       ///< kept of each stream, 0 to 1 MiB; the rest is read and dropped
};

/// Enough to find a task again after a restart: to be stored by whoever started it. Holds no secrets.
struct TaskHandle {
  static constexpr std::int64_t kVersion = 1;
  std::int64_t version = kVersion;
  std::string driver{};
  std::string task_id{};
  std::string run{};            ///< random, new with each start: an old handle never finds a newer run
  boost::json::object state{};  ///< the driver's own

  boost::json::object to_json() const;
  /// Errors: invalid_param (not a handle), unsupported (of a later version).
  static Result<TaskHandle> from_json(const boost::json::value& stored);
};

/// How a task ended.
struct ExitResult {
  std::int64_t code = 0;    ///< exit code, 0 to 255; -1 when a signal or an error ended it
  std::int64_t signal = 0;  ///< the signal that ended it; 0: none
  bool oom_killed = false;  ///< over its memory limit
  std::string error{};      ///< why it never ran or broke off, in words for a person; empty: it ran and ended by itself
  base::UnixMs at = 0;

  bool success() const { return code == 0 && signal == 0 && error.empty(); }
  /// "exited with code 3", "killed by signal 9 (out of memory)", …
  std::string text() const;
  boost::json::object to_json() const;
};

/// How a command inside a task ended, and what it printed.
struct ExecResult {
  ExitResult exit{};
  bool timed_out = false;  ///< its patience was over, and it was killed
  std::string out{};       ///< bytes as they were
  std::string err{};
  bool truncated = false;  ///< it printed more than was to be kept
};

enum class TaskState {
  running,
  exited,  ///< `exit` says how
  lost,    ///< it does not run and nobody knows how it ended (power cut, its supervisor was killed)
};
std::string_view name_of(TaskState state);

struct TaskStatus {
  TaskHandle handle{};
  TaskState state = TaskState::running;
  base::UnixMs started_at = 0;
  std::optional<ExitResult> exit{};  ///< when exited; when lost, only its `error` means something
  // As far as the driver knows them:
  std::optional<std::int64_t> pid{};
  std::optional<std::int64_t> memory_bytes{};
  std::optional<std::int64_t> cpu_ms{};
};

enum class LogSource { out, err, system };  ///< system: the driver's own words, such as "120 lines were dropped"
std::string_view name_of(LogSource source);

/// A line a task wrote. Numbers start at 1, grow, and go on over restarts of the same task id until it is destroyed.
struct LogLine {
  std::int64_t seq = 0;
  base::UnixMs at = 0;
  LogSource source = LogSource::out;
  std::string text{};  ///< valid UTF-8 without line ends; what looks like a credential is cut out
};

struct LogPage {
  std::vector<LogLine> lines{};
  std::int64_t next_after = 0;     ///< pass it as `after` to read on
  std::int64_t oldest = 0;         ///< the oldest line still kept; 0: none. Lines before it are gone
  std::int64_t dropped_lines = 0;  ///< of this run, over the rate
};

enum class TaskEventKind { started, exited, lost, destroyed };
std::string_view name_of(TaskEventKind kind);

struct TaskEvent {
  TaskEventKind kind = TaskEventKind::started;
  std::string driver{};
  std::string task_id{};
  std::string run{};
  std::optional<ExitResult> exit{};  ///< with exited and lost
};

/// Checks everything the comments above promise that is common to all drivers. Error: invalid_param, naming the field.
Result<Unit> check_spec(const TaskSpec& spec);
Result<Unit> check_order(const ExecOrder& order);
Result<Unit> check_signal(int signal);
bool is_task_id(std::string_view id);

}  // namespace troupe::runtime
