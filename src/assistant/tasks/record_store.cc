#include "assistant/tasks/record_store.h"

#include "assistant/tasks/stored_json.h"
#include "assistant/tasks/task_store.h"
#include "store/columns.h"
#include "store/in_pieces.h"

namespace troupe::assistant::tasks::record_store {
namespace {

using store::column;
using store::sql;

constexpr auto kCall = store::columns(
    column("id", &ApiCall::id), column("tenant_id", &ApiCall::tenant_id), column("task_id", &ApiCall::task_id),
    column("step", &ApiCall::step), column("service", &ApiCall::service), column("method", &ApiCall::method),
    column("url", &ApiCall::url), column("request", &ApiCall::request), column("response", &ApiCall::response),
    column("status", &ApiCall::status), column("latency_ms", &ApiCall::latency_ms), column("error", &ApiCall::error),
    column("created_ms", &ApiCall::created_ms));
constexpr auto kInsertCall = store::insert("as_call", kCall);
constexpr auto kCalls =
    sql("SELECT ", kCall,
        " FROM as_call WHERE task_id = ?1 AND (created_ms, id) > (?2, ?3) ORDER BY created_ms, id LIMIT ?4");
constexpr auto kCallOf = sql("SELECT ", kCall, " FROM as_call WHERE id = ?2 AND tenant_id = ?1");
constexpr auto kCallOfNoTask = sql("SELECT ", kCall, " FROM as_call WHERE id = ?2 AND tenant_id = ?1 AND task_id = ''");

constexpr auto kRun = store::columns(
    column("id", &CommandRun::id), column("tenant_id", &CommandRun::tenant_id), column("task_id", &CommandRun::task_id),
    column("step", &CommandRun::step), column("command", &CommandRun::command),
    column<StoredArray>("args", &CommandRun::args), column("cwd", &CommandRun::cwd), column("mode", &CommandRun::mode),
    column("exit_code", &CommandRun::exit_code), column("stdout", &CommandRun::out), column("stderr", &CommandRun::err),
    column("duration_ms", &CommandRun::duration_ms), column("error", &CommandRun::error),
    column("created_ms", &CommandRun::created_ms));
constexpr auto kInsertRun = store::insert("as_command", kRun);
constexpr auto kRunOf = sql("SELECT ", kRun, " FROM as_command WHERE id = ?2 AND tenant_id = ?1");
constexpr auto kRuns =
    sql("SELECT ", kRun,
        " FROM as_command WHERE task_id = ?1 AND (created_ms, id) > (?2, ?3) ORDER BY created_ms, id LIMIT ?4");

constexpr std::string_view kOldTask =
    "SELECT id FROM as_task WHERE updated_ms < ?1 AND worker IS NULL ORDER BY updated_ms LIMIT 1";
constexpr std::string_view kPartsOfTask[] = {
    "DELETE FROM as_step WHERE task_id = ?1 AND number IN "
    "(SELECT number FROM as_step WHERE task_id = ?1 ORDER BY number LIMIT ?2)",
    "DELETE FROM as_question WHERE task_id = ?1 AND number IN "
    "(SELECT number FROM as_question WHERE task_id = ?1 ORDER BY number LIMIT ?2)",
    "DELETE FROM as_approval WHERE task_id = ?1 AND number IN "
    "(SELECT number FROM as_approval WHERE task_id = ?1 ORDER BY number LIMIT ?2)",
    "DELETE FROM as_call WHERE id IN (SELECT id FROM as_call WHERE task_id = ?1 LIMIT ?2)",
    "DELETE FROM as_command WHERE id IN (SELECT id FROM as_command WHERE task_id = ?1 LIMIT ?2)"};

constexpr std::string_view kFilesOfTask =
    "DELETE FROM as_file WHERE task_id = ?1 AND (step, place) IN "
    "(SELECT step, place FROM as_file WHERE task_id = ?1 ORDER BY step, place LIMIT ?2)";
/// Rows of files are as large as many others: that many fewer go at once.
constexpr std::int64_t kFileWeight = store::kPiece / 4;

constexpr std::string_view kOldConversation =
    "SELECT id FROM as_conversation v WHERE v.updated_ms < ?1 AND NOT EXISTS "
    "(SELECT 1 FROM as_task t WHERE t.conversation_id = v.id) ORDER BY v.updated_ms LIMIT 1";
constexpr std::string_view kMessagesOfConversation[] = {
    "DELETE FROM as_message WHERE conversation_id = ?1 AND number IN "
    "(SELECT number FROM as_message WHERE conversation_id = ?1 ORDER BY number LIMIT ?2)"};

/// Of processes that are gone, and have left no task.
constexpr std::string_view kGoneWorkers =
    "DELETE FROM as_worker WHERE holder IN (SELECT w.holder FROM as_worker w WHERE w.beat = 0 AND NOT EXISTS "
    "(SELECT 1 FROM as_task t WHERE t.worker = w.holder) LIMIT ?1)";

/// Files of a task; how much room they took: all of `left` where there may be more of them.
std::int64_t delete_files(store::Tx& tx, std::string_view task_id, std::int64_t left) {
  return kFileWeight * tx.run(kFilesOfTask, task_id, (left + kFileWeight - 1) / kFileWeight);
}

/// One after the other of what `oldest` finds, parts first.
template <class First, class Whole>
std::int64_t delete_with_parts(store::Tx& tx, std::string_view oldest, const First& first,
                               std::span<const std::string_view> parts, const Whole& whole, base::UnixMs before) {
  auto left = static_cast<std::int64_t>(store::kPiece);
  while (left > 0) {
    const auto id = store::value<std::string>(tx.query(oldest, before));
    if (!id) break;
    left -= first(*id, left);
    for (const auto part : parts) {
      if (left > 0) left -= tx.run(part, *id, left);
    }
    if (left > 0) left -= whole(*id);
  }
  return static_cast<std::int64_t>(store::kPiece) - left;
}

}  // namespace

void insert(store::Tx& tx, const ApiCall& call) { store::run_insert(tx, kInsertCall, kCall, call); }
void insert(store::Tx& tx, const CommandRun& run) { store::run_insert(tx, kInsertRun, kRun, run); }

std::vector<ApiCall> calls(store::Connection& c, std::string_view task_id, base::UnixMs after_ms,
                           std::string_view after_id, std::int64_t limit) {
  return store::all(c.query(kCalls, task_id, after_ms, after_id, limit), kCall);
}

std::optional<ApiCall> call_of(store::Connection& c, std::int64_t tenant_id, std::string_view id) {
  return store::one(c.query(kCallOf, tenant_id, id), kCall);
}

std::optional<CommandRun> command_of(store::Connection& c, std::int64_t tenant_id, std::string_view id) {
  return store::one(c.query(kRunOf, tenant_id, id), kRun);
}

std::optional<ApiCall> call_of_no_task(store::Connection& c, std::int64_t tenant_id, std::string_view id) {
  return store::one(c.query(kCallOfNoTask, tenant_id, id), kCall);
}

std::vector<CommandRun> commands(store::Connection& c, std::string_view task_id, base::UnixMs after_ms,
                                 std::string_view after_id, std::int64_t limit) {
  return store::all(c.query(kRuns, task_id, after_ms, after_id, limit), kRun);
}

std::int64_t delete_old_records(store::Tx& tx, base::UnixMs before) {
  const auto piece = static_cast<std::int64_t>(store::kPiece);
  const auto calls = tx.run(
      "DELETE FROM as_call WHERE id IN (SELECT id FROM as_call WHERE created_ms < ?1 "
      "ORDER BY created_ms LIMIT ?2)",
      before, piece);
  return calls + tx.run(
                     "DELETE FROM as_command WHERE id IN (SELECT id FROM as_command WHERE created_ms < ?1 "
                     "ORDER BY created_ms LIMIT ?2)",
                     before, piece - calls);
}

std::int64_t delete_old_tasks(store::Tx& tx, base::UnixMs before) {
  const auto whole = [&](const std::string& id) { return task_store::remove(tx, id); };
  const auto files = [&](const std::string& id, std::int64_t left) { return delete_files(tx, id, left); };
  return delete_with_parts(tx, kOldTask, files, kPartsOfTask, whole, before);
}

std::int64_t delete_idle(store::Tx& tx) {
  const auto piece = static_cast<std::int64_t>(store::kPiece);
  const auto people = tx.run(
      "DELETE FROM as_person WHERE (tenant_id, owner_id) IN (SELECT tenant_id, owner_id FROM as_person "
      "WHERE tasks <= 0 LIMIT ?1)",
      piece);
  return people + tx.run(kGoneWorkers, piece - people);
}

std::int64_t delete_old_choices(store::Tx& tx, base::UnixMs before) {
  return tx.run(
      "DELETE FROM as_choice WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM as_choice "
      "WHERE created_ms < ?1 ORDER BY created_ms LIMIT ?2)",
      before, static_cast<std::int64_t>(store::kPiece));
}

std::int64_t delete_old_conversations(store::Tx& tx, base::UnixMs before) {
  const auto whole = [&](const std::string& id) { return tx.run("DELETE FROM as_conversation WHERE id = ?1", id); };
  const auto nothing = [](const std::string&, std::int64_t) { return std::int64_t{0}; };
  return delete_with_parts(tx, kOldConversation, nothing, kMessagesOfConversation, whole, before);
}

}  // namespace troupe::assistant::tasks::record_store
