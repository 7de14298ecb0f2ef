// A command of its own, for somebody who waits for it: run to its end under limits, in a sandbox or not, and gone when
// Troupe is.
#pragma once
#include <cstdint>

namespace troupe::runtime::shim {

inline constexpr const char* kCommandRun = "command-run";  ///< troupe command-run; not for people

/// The order is a record (folder.h) on standard input, which is a file in memory: an empty line ends it, then come the
/// bytes of the filter and of the command's own input. The command is `arg`, `env`, `cwd` and the limits of child.h,
/// with kPatienceKey and kOutputKey of task_exec.h, and
inline constexpr const char* kParentKey = "parent";  ///< Troupe's pid
inline constexpr const char* kOuterKey = "outer";    ///< argv of the sandbox's program; none: no sandbox
inline constexpr const char* kOuterEnvironmentKey = "outer_env";
inline constexpr const char* kConfinedKey = "confined";  ///< 1: the sandbox's program ends by running kConfined
inline constexpr const char* kEndKey = "end";  ///< argv that ends a container, where that is somebody else's child
inline constexpr const char* kFolderKey = "folder";  ///< without a sandbox: `cwd` lies in this folder, relative to it
/// 1: standard output is a socket, which becomes the command's standard input and output.
inline constexpr const char* kTalksKey = "talks";
inline constexpr const char* kPasswdKey = "passwd";  ///< what /etc/passwd shall hold
inline constexpr const char* kGroupKey = "group";
inline constexpr const char* kFilterBytesKey = "filter_bytes";
inline constexpr const char* kInputBytesKey = "input_bytes";

/// The answer is that of task_exec.h, with these beside:
inline constexpr const char* kHowKey = "how";  ///< one of the words below
inline constexpr const char* kEnded = "ended";
inline constexpr const char* kNotStarted = "not_started";  ///< `error` says why
inline constexpr const char* kTimedOut = "timed_out";
inline constexpr const char* kOutOfMemory = "out_of_memory";
inline constexpr const char* kTooManyProcesses = "too_many_processes";
inline constexpr const char* kCancelled = "cancelled";
inline constexpr const char* kErrTruncatedKey = "err_truncated";  ///< kTruncatedKey is of the output alone

inline constexpr const char* kMemoryByKey = "memory_by";  ///< who kept the limit: one of
inline constexpr const char* kProcessesByKey = "processes_by";
inline constexpr const char* kByGroup = "control group";
inline constexpr const char* kByLooking = "a look each 50 ms";

// Descriptors of the sandbox's program, which it is told by number:
inline constexpr int kFilterDescriptor = 100;  ///< seccomp's, as bubblewrap takes it
inline constexpr int kOrderDescriptor = 101;   ///< kConfined reads its order there
inline constexpr int kReportDescriptor = 102;  ///< and says here how the command ended
inline constexpr int kHelperDescriptor = 103;  ///< this program
inline constexpr int kPasswdDescriptor = 104;
inline constexpr int kGroupDescriptor = 105;

/// Runs the order until nothing of it is left, and answers on kReadyDescriptor (shim_process.h). SIGTERM, which it also
/// gets when Troupe ends, kills the command. Returns the process's exit code.
int command_run_main();

/// Kills what is left in the control groups of a supervisor that was killed, and removes them. False: something in them
/// still ends, so again. The pid is that supervisor's until it is reaped.
bool remove_command_groups(std::int64_t supervisor);

}  // namespace troupe::runtime::shim
