// Starts a task's program with its limits, environment and pipes.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/shim/cgroup.h"
#include "runtime/shim/folder.h"

namespace troupe::runtime::shim {

/// What to run, as the spec file says.
struct Order {
  std::string run;
  std::vector<std::string> argv;
  std::vector<std::string> environment;  ///< NAME=value, whole
  std::string working_dir;
  std::int64_t memory_bytes = 0;
  std::int64_t cpu_seconds = 0;
  std::int64_t file_bytes = 0;
  std::int64_t open_files = 0;
  std::int64_t processes = 0;
  int nice = 0;
};

/// Keys of the spec file.
inline constexpr const char* kRunKey = "run";
inline constexpr const char* kArgKey = "arg";
inline constexpr const char* kEnvironmentKey = "env";
inline constexpr const char* kWorkingDirKey = "cwd";

Order order_from(const Record& spec);

struct Child {
  std::int64_t pid = 0;  ///< 0: it could not be started, `error` says why in words
  std::string error;
  Descriptor out;  ///< non-blocking ends of its pipes
  Descriptor err;
};

/// Returns after exec, or with the reason why not. The child has a session of its own, dies when the calling thread's
/// process dies, gains no privileges, and has nothing open but its three standard streams.
/// `limit_data`: the memory limit is laid on each process (RLIMIT_DATA), because no group keeps it.
Child start_child(const Order& order, const Cgroup& group, bool limit_data);

}  // namespace troupe::runtime::shim
