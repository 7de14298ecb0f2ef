// The small process between Troupe and a task: keeps the task's pipes and log, sees it end, leaves no process behind.
#pragma once
#include <optional>

namespace troupe::runtime::shim {

inline constexpr const char* kShimCommand = "task-shim";  ///< troupe task-shim FOLDER; not for people
/// Where the driver listens for one line: "running PID", "ended" (see the exit file) or "failed WHY".
inline constexpr int kReadyDescriptor = 3;
/// The program's own descriptor, when it was started from memory.
inline constexpr int kProgramDescriptor = 4;

/// Runs the task of the folder until nothing of it is left, whatever happens to Troupe. Everything it needs is in the
/// folder; SIGTERM means: stop the task (kStopFile says with how much grace). Returns the process's exit code.
int task_shim_main(const char* folder);

/// The whole small program: kShimCommand, kExecCommand of task_exec.h, kCommandRun of command_run.h, kConfined of
/// confined.h. Nothing: the arguments ask for none of them.
std::optional<int> shim_main(int argc, char** argv);

}  // namespace troupe::runtime::shim
