// Looking at processes through /proc, and signalling them without ever hitting a later process of the same pid.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::runtime::shim {

/// /proc/<pid>/stat (proc(5)).
struct ProcessStat {
  std::int64_t pid = 0;
  char state = '?';  ///< Z: ended, not reaped yet
  std::int64_t parent = 0;
  std::int64_t session = 0;
  std::int64_t cpu_ticks = 0;    ///< user and system, of itself
  std::int64_t threads = 1;      ///< 0: it has ended
  std::int64_t start_ticks = 0;  ///< since boot: with the pid it names one process for ever (until the next boot)
  std::int64_t resident_bytes = 0;
};
std::optional<ProcessStat> process_stat(std::int64_t pid);

/// All processes below this one, children first. Some may be missed that are born or adopted meanwhile: look again.
std::vector<ProcessStat> descendants(std::int64_t pid);
/// Every process of this machine that `wanted` says yes to.
std::vector<ProcessStat> find_processes(const std::function<bool(const ProcessStat&)>& wanted);
/// Whether NAME=value stands in the environment it was started with. False also when that may not be read.
bool has_environment(std::int64_t pid, std::string_view entry);

/// Signals this process and no other: false when it is gone or may not be signalled.
bool signal_process(const ProcessStat& process, int signal);

/// SIGKILL to everything that is there now. Stops it first: what forks as fast as it is killed would win otherwise.
/// What is born meanwhile is left: again, until there is nothing.
void kill_round(const std::function<std::vector<ProcessStat>()>& everything);

/// How the process this one started has ended.
struct Ending {
  int code = -1;   ///< its exit status; -1: by a signal
  int signal = 0;  ///< the one that ended it; 0: none
};
struct Reaped {
  std::optional<Ending> ending;  ///< of `pid`, when it was among those that had ended
  bool childless = false;        ///< nobody is left below this process
};
/// Takes in all children that have ended, those that `pid` left behind too. Does not wait.
Reaped reap_children(std::int64_t pid);

/// The machine's boot: start times of another one mean nothing.
std::string boot_id();

}  // namespace troupe::runtime::shim
