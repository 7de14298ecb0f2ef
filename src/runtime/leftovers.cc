#include "runtime/leftovers.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "runtime/shim/cgroup.h"
#include "runtime/shim/folder.h"

namespace troupe::runtime {

std::vector<shim::ProcessStat> find_leftovers(const RunMarks& marks) {
  const auto mark = std::string(shim::kRunVariable) + "=" + marks.run;
  const auto members = shim::Cgroup(marks.cgroup).processes();
  // A session number is not given to a new process while anybody is in that session. So it is still the run's own,
  // unless its leader lives and began later than the run's did; and nobody in it is older than the leader.
  const auto leader = marks.session > 0 ? shim::process_stat(marks.session) : std::nullopt;
  const bool session_is_ours = marks.session > 0 && (!leader || leader->start_ticks == marks.session_start);
  return shim::find_processes([&](const shim::ProcessStat& process) {
    if (process.state == 'Z' || process.pid == ::getpid()) return false;
    if (std::ranges::find(members, process.pid) != members.end()) return true;
    if (session_is_ours && process.session == marks.session && process.start_ticks >= marks.session_start) return true;
    return shim::has_environment(process.pid, mark);
  });
}

std::size_t kill_leftovers(const RunMarks& marks) {
  const auto found = find_leftovers(marks);
  for (const auto& process : found) shim::signal_process(process, SIGSTOP);
  for (const auto& process : found) shim::signal_process(process, SIGKILL);
  return found.size();
}

}  // namespace troupe::runtime
