#include "fleet/life/task_store.h"

namespace troupe::fleet {
namespace {

#define TASK_COLUMNS "bot, tenant_id, task_id, state, handle, pid, started_ms, ended_ms, exit_text, log_after"
constexpr std::string_view kStore =
    "INSERT INTO fleet_task (" TASK_COLUMNS
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
    "ON CONFLICT (bot) DO UPDATE SET task_id = excluded.task_id, state = excluded.state, handle = excluded.handle, "
    "pid = excluded.pid, started_ms = excluded.started_ms, ended_ms = excluded.ended_ms, "
    "exit_text = excluded.exit_text, log_after = excluded.log_after";
constexpr std::string_view kEnd =
    "UPDATE fleet_task SET state = 'ended', pid = 0, exit_text = ?2, ended_ms = ?3 WHERE bot = ?1 AND state <> 'ended'";
constexpr std::string_view kSetLog = "UPDATE fleet_task SET log_after = ?3 WHERE bot = ?1 AND task_id = ?2";
constexpr std::string_view kAll = "SELECT " TASK_COLUMNS " FROM fleet_task ORDER BY bot";

std::string_view to_string(TaskState state) {
  switch (state) {
    case TaskState::wanted:
      return "wanted";
    case TaskState::running:
      return "running";
    case TaskState::ended:
      return "ended";
  }
  return "ended";
}

TaskRow read_task(const store::Rows& rows) {
  auto state = rows.text(3);
  return {.bot = rows.integer(0),
          .tenant_id = rows.integer(1),
          .task_id = rows.string(2),
          .state = state == "wanted"    ? TaskState::wanted
                   : state == "running" ? TaskState::running
                                        : TaskState::ended,
          .handle = rows.string(4),
          .pid = rows.integer(5),
          .started_ms = rows.integer(6),
          .ended_ms = rows.optional_integer(7),
          .exit_text = rows.string(8),
          .log_after = rows.integer(9)};
}

}  // namespace

void store_task(store::Tx& tx, const TaskRow& t) {
  tx.run(kStore, t.bot, t.tenant_id, t.task_id, to_string(t.state), t.handle, t.pid, t.started_ms, t.ended_ms,
         t.exit_text, t.log_after);
}

void end_task(store::Tx& tx, BotKey bot, std::string_view exit_text, base::UnixMs now) {
  tx.run(kEnd, bot, exit_text, now);
}

void set_task_log(store::Tx& tx, BotKey bot, std::string_view task_id, std::int64_t log_after) {
  tx.run(kSetLog, bot, task_id, log_after);
}

std::vector<TaskRow> all_tasks(store::Connection& c) {
  std::vector<TaskRow> tasks;
  auto rows = c.query(kAll);
  while (rows.next()) tasks.push_back(read_task(rows));
  return tasks;
}

}  // namespace troupe::fleet
