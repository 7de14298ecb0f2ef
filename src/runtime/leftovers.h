// What a run has left behind when its shim was killed: found by marker, session and control group.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/shim/processes.h"

namespace troupe::runtime {

/// How a run's processes are known.
struct RunMarks {
  std::string run;                 ///< in their environment
  std::int64_t session = 0;        ///< the session of the task's first process; 0: not known
  std::int64_t session_start = 0;  ///< its start time
  std::string cgroup;              ///< empty: it had none
};

/// Every living process of the run. Looks at all processes of the machine: a few milliseconds for a thousand.
std::vector<shim::ProcessStat> find_leftovers(const RunMarks& marks);
/// Kills them, once. Returns how many there were: call again until none.
std::size_t kill_leftovers(const RunMarks& marks);

}  // namespace troupe::runtime
