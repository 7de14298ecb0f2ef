// A command inside a running task: its environment, folder, limits and control group, but a process of Troupe's, and
// gone when Troupe is.
#pragma once

namespace troupe::runtime::shim {

inline constexpr const char* kExecCommand = "task-exec";  ///< troupe task-exec FOLDER ORDER; not for people

/// Keys of the order, a file in the task's folder that is removed when it was read; `arg` (child.h) is the command.
inline constexpr const char* kPatienceKey = "patience_ms";
inline constexpr const char* kOutputKey = "output_bytes";
/// Keys of the answer, beside `code`, `signal`, `error`, `at`: a record (folder.h), an empty line, and as many bytes of
/// both streams as it says.
inline constexpr const char* kOutBytesKey = "out_bytes";
inline constexpr const char* kErrBytesKey = "err_bytes";
inline constexpr const char* kTruncatedKey = "truncated";
inline constexpr const char* kTimedOutKey = "timed_out";

/// Runs the command of the order until nothing of it is left, and answers on kReadyDescriptor (shim_process.h).
/// SIGTERM, which it also gets when Troupe ends, kills the command. Returns the process's exit code.
int task_exec_main(const char* folder, const char* order_file);

}  // namespace troupe::runtime::shim
