// The small process between Troupe and a task: keeps the task's pipes and log, sees it end, leaves no process behind.
#pragma once

namespace troupe::runtime::shim {

inline constexpr const char* kShimCommand = "task-shim";  ///< troupe task-shim FOLDER; not for people

/// Runs the task of the folder until nothing of it is left, whatever happens to Troupe. Everything it needs is in the
/// folder; SIGTERM means: stop the task (kStopFile says with how much grace). On kReadyDescriptor (shim_process.h) it
/// says one line: "running PID", "ended" (see the exit file) or "failed WHY". Returns the process's exit code.
int task_shim_main(const char* folder);

}  // namespace troupe::runtime::shim
