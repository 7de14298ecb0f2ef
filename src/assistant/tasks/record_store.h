// SQL of calls and commands, and of what goes by its age. All functions run inside the caller's transaction and throw
// store::SqlError.
#pragma once
#include <vector>

#include "assistant/tasks/types.h"
#include "store/database.h"

namespace troupe::assistant::tasks::record_store {

void insert(store::Tx& tx, const ApiCall& call);
void insert(store::Tx& tx, const CommandRun& run);
/// Of a task, oldest first, behind that one.
std::vector<ApiCall> calls(store::Connection& c, std::string_view task_id, base::UnixMs after_ms,
                           std::string_view after_id, std::int64_t limit);
std::vector<CommandRun> commands(store::Connection& c, std::string_view task_id, base::UnixMs after_ms,
                                 std::string_view after_id, std::int64_t limit);
/// Whatever task it belongs to.
std::optional<ApiCall> call_of(store::Connection& c, std::int64_t tenant_id, std::string_view id);
std::optional<CommandRun> command_of(store::Connection& c, std::int64_t tenant_id, std::string_view id);
/// One that belongs to no task.
std::optional<ApiCall> call_of_no_task(store::Connection& c, std::int64_t tenant_id, std::string_view id);

// Each deletes a piece at most (store::kPiece rows), and yields how many.

/// Calls and commands that are older than this.
std::int64_t delete_old_records(store::Tx& tx, base::UnixMs before);
/// Tasks that have not changed since, but for those that a process has, with all that belongs to them: a task goes
/// after its parts.
std::int64_t delete_old_tasks(store::Tx& tx, base::UnixMs before);
/// What is kept of people who have no tasks any more, and of processes that are gone.
std::int64_t delete_idle(store::Tx& tx);
/// What people chose before that (dialogue/lessons.h).
std::int64_t delete_old_choices(store::Tx& tx, base::UnixMs before);
/// Conversations that have not changed since and have no task any more, with their messages.
std::int64_t delete_old_conversations(store::Tx& tx, base::UnixMs before);

}  // namespace troupe::assistant::tasks::record_store
