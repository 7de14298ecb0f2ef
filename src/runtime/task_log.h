// Reads a task's log as the shim writes it (shim/log_writer.h).
#pragma once
#include <functional>
#include <memory>
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

/// The verb `follow` of a driver's state (HomedDriver) whose tasks write into folders: `find` yields them, `watch` sees
/// their folders.
template <class State>
Task<LogPage> follow_folder(std::shared_ptr<State> state, std::string task_id, std::int64_t after, std::size_t limit,
                            std::chrono::milliseconds patience) {
  CO_TRY(const auto task, state->find(task_id));
  auto look = [&]() -> Result<LogPage> {
    TRY(const auto now, state->find(task_id));
    return task_log_page(now->folder, after, limit);
  };
  co_return co_await follow_task_log(state->watch, task->folder, patience, look);
}
/// The same for `logs`.
template <class State>
Task<LogPage> page_of_folder(std::shared_ptr<State> state, std::string task_id, std::int64_t after, std::size_t limit) {
  CO_TRY(const auto task, state->find(task_id));
  co_return task_log_page(task->folder, after, limit);
}

/// The text as it may be shown: see above.
std::string clean_log_text(std::string_view raw);

}  // namespace troupe::runtime
