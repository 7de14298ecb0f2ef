// One task of the process driver, as the driver remembers it and as its folder tells.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <set>
#include <string>

#include "base/task.h"
#include "runtime/leftovers.h"
#include "runtime/task_types.h"

namespace troupe::runtime {

/// Belongs to the driver's thread.
struct ProcessTask {
  explicit ProcessTask(asio::io_context& home) : shim(home) {}

  /// Reads who runs from the state file. False: there is none of this run (yet).
  bool read_state();
  /// Nothing: the shim recorded no end of this run.
  std::optional<ExitResult> read_exit() const;
  RunMarks marks() const;
  /// What the shim would have removed at the end: secrets, control group.
  void clean_up() const;
  /// Ends the wait of everybody.
  void end(ExitResult result, TaskState state);
  /// Takes the shim's exit status from the kernel, if it is our child.
  void reap() const;
  /// Has the shim stop it after `grace`, or earlier when an earlier order said so.
  void order_stop(std::chrono::steady_clock::time_point now, std::chrono::milliseconds grace);
  /// Fills memory and CPU time in.
  void measure();

  std::string folder;
  TaskStatus status;
  asio::posix::stream_descriptor shim;  ///< its pidfd; readable when it is gone
  std::int64_t shim_pid = 0;
  std::int64_t pid_start = 0;
  std::string cgroup;
  bool same_boot = false;
  std::set<asio::steady_timer*> waiting;
  std::set<asio::posix::stream_descriptor*> commands;  ///< pidfds of those inside it (exec)
  /// When a stop kills it; of several the earliest.
  std::chrono::steady_clock::time_point kill_at = std::chrono::steady_clock::time_point::max();
};

/// The run that the folder was last prepared for; empty: none.
std::string read_run(const std::string& folder);

}  // namespace troupe::runtime
