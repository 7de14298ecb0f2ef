// The small process between Troupe and a task: keeps the task's pipes and log, sees it end, leaves no process behind.
#pragma once
#include <optional>

namespace troupe::runtime::shim {

inline constexpr const char* kShimCommand = "task-shim";  ///< troupe task-shim FOLDER; not for people
/// Where the driver listens for one line: "running PID", "ended" (see the exit file) or "failed WHY".
inline constexpr int kReadyDescriptor = 3;
/// The program's own descriptor, when it was started from memory.
inline constexpr int kProgramDescriptor = 4;

/// What every process of this program begins with: signals are read, never taken; files are its owner's; of descriptors
/// it keeps the standard ones and kReadyDescriptor, which no program that it starts inherits. `name`: as lists show it.
void become_shim(const char* name);

/// Runs the task of the folder until nothing of it is left, whatever happens to Troupe. Everything it needs is in the
/// folder; SIGTERM means: stop the task (kStopFile says with how much grace). Returns the process's exit code.
int task_shim_main(const char* folder);

/// The whole small program: kShimCommand, kExecCommand of task_exec.h, kCommandRun of command_run.h, kConfined of
/// confined.h. Nothing: the arguments ask for none of them.
std::optional<int> shim_main(int argc, char** argv);

}  // namespace troupe::runtime::shim
