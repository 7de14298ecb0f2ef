// The whole small program: which of its processes the arguments ask for.
#pragma once
#include <optional>

namespace troupe::runtime::shim {

/// Runs what the arguments ask for: kShimCommand of task_shim.h, kExecCommand of task_exec.h, kCommandRun of
/// command_run.h, kConfined of confined.h. Yields the process's exit code; nothing: they ask for none of these.
std::optional<int> shim_main(int argc, char** argv);

}  // namespace troupe::runtime::shim
