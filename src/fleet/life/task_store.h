// SQL for the tasks of bots. All functions run inside the caller's transaction and throw store::SqlError.
#pragma once
#include <optional>
#include <vector>

#include "fleet/types/bot.h"
#include "store/database.h"

namespace troupe::fleet::life {

enum class TaskState {
  wanted,   ///< about to be started: it may run or not
  running,  ///< started; the handle says how to find it
  ended,
};

struct TaskRow {
  BotKey bot = 0;
  std::int64_t tenant_id = 1;
  std::string task_id;
  TaskState state = TaskState::wanted;
  std::string handle;  ///< of the task driver; empty while wanted
  std::int64_t pid = 0;
  base::UnixMs started_ms = 0;
  std::optional<base::UnixMs> ended_ms;
  std::string exit_text;
  std::int64_t log_after = 0;  ///< how far the driver's log has been taken over
};

/// Replaces the bot's row.
void store_task(store::Tx& tx, const TaskRow& task);
/// Of the bot's row, when there is one that has not ended.
void end_task(store::Tx& tx, BotKey bot, std::string_view exit_text, base::UnixMs now);
void set_task_log(store::Tx& tx, BotKey bot, std::string_view task_id, std::int64_t log_after);
/// The last one of every bot, ended ones too.
std::vector<TaskRow> all_tasks(store::Connection& c);

}  // namespace troupe::fleet::life
