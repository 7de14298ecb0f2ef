#include "fleet/life/task_store.h"

#include <array>

#include "store/columns.h"

namespace troupe::fleet::life {
namespace {

using store::column;

constexpr std::array<std::string_view, 3> kStates{"wanted", "running", "ended"};  // TaskState

constexpr auto kTask = store::columns(
    column("bot", &TaskRow::bot), column("tenant_id", &TaskRow::tenant_id), column("task_id", &TaskRow::task_id),
    column<store::Listed<kStates, TaskState::ended>>("state", &TaskRow::state), column("handle", &TaskRow::handle),
    column("pid", &TaskRow::pid), column("started_ms", &TaskRow::started_ms), column("ended_ms", &TaskRow::ended_ms),
    column("exit_text", &TaskRow::exit_text), column("log_after", &TaskRow::log_after));
constexpr auto kStore =
    store::sql(store::insert("fleet_task", kTask),
               " ON CONFLICT (bot) DO UPDATE SET task_id = excluded.task_id, state = excluded.state, "
               "handle = excluded.handle, pid = excluded.pid, started_ms = excluded.started_ms, "
               "ended_ms = excluded.ended_ms, exit_text = excluded.exit_text, log_after = excluded.log_after");
constexpr auto kAll = store::sql("SELECT ", kTask, " FROM fleet_task ORDER BY bot");

}  // namespace

void store_task(store::Tx& tx, const TaskRow& t) { store::run_insert(tx, kStore, kTask, t); }

void end_task(store::Tx& tx, BotKey bot, std::string_view exit_text, base::UnixMs now) {
  tx.run(
      "UPDATE fleet_task SET state = 'ended', pid = 0, exit_text = ?2, ended_ms = ?3 WHERE bot = ?1 "
      "AND state <> 'ended'",
      bot, exit_text, now);
}

void set_task_log(store::Tx& tx, BotKey bot, std::string_view task_id, std::int64_t log_after) {
  tx.run("UPDATE fleet_task SET log_after = ?3 WHERE bot = ?1 AND task_id = ?2", bot, task_id, log_after);
}

std::vector<TaskRow> all_tasks(store::Connection& c) { return store::all(c.query(kAll), kTask); }

}  // namespace troupe::fleet::life
