// The first process inside a sandbox: runs the command there, says how it ended, and by ending ends everything else.
#pragma once

namespace troupe::runtime::shim {

inline constexpr const char* kConfined = "confined";     ///< troupe confined each|together; not for people
inline constexpr const char* kConfinedFolder = "/work";  ///< where the sandbox shows the working folder

inline constexpr const char* kLimitEach = "each";          ///< the memory limit is laid on each process
inline constexpr const char* kLimitTogether = "together";  ///< a control group keeps it

/// Process 1 of a process namespace. Reads the order from kOrderDescriptor (command_run.h), lays its limits on the
/// command, and reports on kReportDescriptor a record of `code`, `signal` and `error`. The command can neither read
/// this process nor signal it. Returns the process's exit code.
int confined_main(bool limit_each);

}  // namespace troupe::runtime::shim
