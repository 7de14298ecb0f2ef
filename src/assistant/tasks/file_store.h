// SQL of the files that services answered with. All functions run inside the caller's transaction and throw
// store::SqlError.
#pragma once
#include <vector>

#include "assistant/tasks/types.h"
#include "store/database.h"

namespace troupe::assistant::tasks::file_store {

/// `content` is empty where the file is not kept.
void insert(store::Tx& tx, const FileRecord& file, std::string_view content);
/// In the order of their steps, at most kMaxFilesOfTask.
std::vector<FileRecord> of_task(store::Connection& c, std::string_view task_id);
/// Of one that is kept, with its bytes.
std::optional<KeptFile> find(store::Connection& c, std::string_view task_id, std::int64_t step, std::int64_t place);
/// How many a task has, and what those of them take that are kept.
struct Taken {
  std::int64_t files = 0;
  std::int64_t bytes = 0;
};
/// What the steps that ended well before number `before` have.
Taken before_step(store::Connection& c, std::string_view task_id, std::int64_t before);
/// Gives copies of those to another task.
void copy(store::Tx& tx, std::string_view from_task, std::string_view to_task, std::int64_t before);

}  // namespace troupe::assistant::tasks::file_store
