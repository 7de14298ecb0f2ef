// Reads a task's log as the shim writes it (shim/log_writer.h).
#pragma once
#include <functional>
#include <string>

#include "base/task.h"
#include "runtime/log_watch.h"
#include "runtime/task_types.h"

namespace troupe::runtime {

/// Lines after `after` of a log folder, oldest first; `after` < 0: the newest `limit`. Bytes that are not UTF-8 become
/// U+FFFD, other control characters than tabs go, what looks like a credential is cut out. A missing folder is empty.
LogPage read_task_log(const std::string& task_folder, std::int64_t after, std::size_t limit);

/// The same, for whoever asks: error invalid_param (the limit).
Result<LogPage> task_log_page(const std::string& task_folder, std::int64_t after, std::size_t limit);

/// What `look` yields, as soon as that has lines or is an error; when the patience is over as it is.
Task<LogPage> follow_task_log(LogWatch& watch, std::string task_folder, std::chrono::milliseconds patience,
                              std::function<Result<LogPage>()> look);

/// The text as it may be shown: see above.
std::string clean_log_text(std::string_view raw);

}  // namespace troupe::runtime
