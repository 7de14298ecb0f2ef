// Prepares a task's folder and starts its shim.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/shim/folder.h"
#include "runtime/task_types.h"

namespace troupe::runtime {

/// Where the shim's program is: in memory (a sealed memfd of embedded_shim()), or, where programs may not be run from
/// memory, a command. Thread-safe after make().
class ShimProgram {
 public:
  /// `fallback`: a command that is the shim's program when its arguments are appended, e.g. {"/proc/self/exe"}.
  static ShimProgram make(std::vector<std::string> fallback);

  struct Started {
    std::int64_t pid = 0;
    shim::Descriptor process;  ///< pidfd
    shim::Descriptor ready;    ///< what it says to us; non-blocking
  };
  /// Starts it with these arguments (task_shim.h) in a session of its own, with nothing open but what it needs and an
  /// empty environment; neither waits for it nor copies this process (vfork). Errors: unavailable.
  Result<Started> start(const std::vector<std::string>& arguments) const;
  bool in_memory() const { return static_cast<bool>(memory_); }

 private:
  shim::Descriptor memory_;
  std::vector<std::string> fallback_;
};

/// Where the task works: as its driver_config says. Error: invalid_param.
Result<std::string> working_dir_of(const std::string& folder, const TaskSpec& spec);

/// Writes everything the shim needs into the task's folder (made when missing, 0700): the spec, the secrets; clears
/// what an earlier run left, except its log and its work folder. Errors: unavailable.
Result<Unit> prepare_folder(const std::string& folder, const TaskSpec& spec, const std::string& run);

/// The task's environment, "NAME=value": a minimal one, the spec's own, the secrets' paths, the run's marker.
std::vector<std::string> task_environment(const std::string& folder, const TaskSpec& spec, const std::string& run);

}  // namespace troupe::runtime
