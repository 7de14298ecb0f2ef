#include "assistant/tasks/task_store.h"

#include "assistant/tasks/stored_json.h"
#include "store/columns.h"

namespace troupe::assistant::tasks::task_store {
namespace {

using store::column;
using store::sql;

constexpr auto kTask = store::columns(
    column("id", &TaskRecord::id), column("tenant_id", &TaskRecord::tenant_id),
    column("owner_id", &TaskRecord::owner_id), column("owner", &TaskRecord::owner), column("role", &TaskRecord::role),
    column("conversation_id", &TaskRecord::conversation_id), column("service", &TaskRecord::spec, &TaskSpec::service),
    column("intent", &TaskRecord::spec, &TaskSpec::intent),
    column<StoredObject>("inputs", &TaskRecord::spec, &TaskSpec::inputs),
    column("borrowed", &TaskRecord::spec, &TaskSpec::borrowed),
    column<StoredObject>("planning", &TaskRecord::spec, &TaskSpec::planning),
    column<StoredObject>("tools", &TaskRecord::spec, &TaskSpec::tools),
    column<store::Listed<kPhases, Phase::failed>>("phase", &TaskRecord::phase), column("reason", &TaskRecord::reason),
    column<StoredValue>("result", &TaskRecord::result), column("attempt", &TaskRecord::attempt),
    column("parent_task", &TaskRecord::parent_task), column("parent_step", &TaskRecord::parent_step),
    column("steps", &TaskRecord::steps), column("bytes", &TaskRecord::bytes), column("files", &TaskRecord::files),
    column("file_bytes", &TaskRecord::file_bytes), column<store::TextOrNull>("worker", &TaskRecord::worker),
    column("worker_epoch", &TaskRecord::worker_epoch), column("key_id", &TaskRecord::key_id),
    column("life", &TaskRecord::life), column("origin", &TaskRecord::origin),
    column("created_ms", &TaskRecord::created_ms), column("updated_ms", &TaskRecord::updated_ms));
constexpr auto kHeld = store::columns(
    column("id", &TaskRecord::id), column("tenant_id", &TaskRecord::tenant_id),
    column("owner_id", &TaskRecord::owner_id), column("owner", &TaskRecord::owner),
    column<store::Listed<kPhases, Phase::failed>>("phase", &TaskRecord::phase),
    column("parent_task", &TaskRecord::parent_task), column("parent_step", &TaskRecord::parent_step),
    column("steps", &TaskRecord::steps), column("bytes", &TaskRecord::bytes), column("files", &TaskRecord::files),
    column("file_bytes", &TaskRecord::file_bytes), column<store::TextOrNull>("worker", &TaskRecord::worker),
    column("worker_epoch", &TaskRecord::worker_epoch), column("life", &TaskRecord::life),
    column("origin", &TaskRecord::origin), column("created_ms", &TaskRecord::created_ms),
    column("updated_ms", &TaskRecord::updated_ms));
constexpr auto kInsertTask = store::insert("as_task", kTask);
constexpr auto kFindTask = sql("SELECT ", kTask, " FROM as_task WHERE id = ?3 AND tenant_id = ?1 AND owner_id = ?2");
constexpr auto kFindInTenant = sql("SELECT ", kTask, " FROM as_task WHERE id = ?2 AND tenant_id = ?1");
constexpr auto kOfClaim =
    sql(" FROM as_task WHERE id = ?1 AND tenant_id = ?2 AND worker = ?3 AND worker_epoch = ?4 AND EXISTS "
        "(SELECT 1 FROM as_worker w WHERE w.holder = ?3 AND w.epoch = ?4)");
constexpr auto kFindClaimed = sql("SELECT ", kTask, kOfClaim);
constexpr auto kFindHeld = sql("SELECT ", kHeld, kOfClaim);
// A list of one service passes over the person's other tasks.
constexpr auto kOfPerson =
    sql("SELECT ", kTask, " FROM as_task WHERE tenant_id = ?1 AND owner_id = ?2 AND (?3 = '' OR service = ?3)");
constexpr auto kNewestFirst = sql(" ORDER BY updated_ms DESC, id DESC LIMIT ?5 OFFSET ?4");
constexpr auto kInPhases = sql(" AND phase IN (?6, ?7, ?8, ?9)");
constexpr auto kTaskPage = sql(kOfPerson, kNewestFirst);
constexpr auto kTasksOfConversation = sql(kOfPerson, " AND conversation_id = ?6", kNewestFirst);
constexpr auto kTasksInStatus = sql(kOfPerson, kInPhases, kNewestFirst);
constexpr auto kTasksOfConversationInStatus = sql(kOfPerson, kInPhases, " AND conversation_id = ?10", kNewestFirst);
constexpr auto kUntold =
    sql("SELECT ", kTask,
        " FROM as_task WHERE tell_ms IS NOT NULL AND (tell_ms < ?1 OR tell_ms > ?2) ORDER BY tell_ms LIMIT ?3");
constexpr auto kUndoing = sql("SELECT ", kTask,
                              " FROM as_task WHERE parent_task = ?1 AND parent_step = 0 AND parent_task <> '' "
                              "ORDER BY created_ms DESC, id DESC LIMIT ?2");
constexpr auto kClaimedBy =
    sql("SELECT ", kTask, " FROM as_task WHERE worker = ?1 AND worker_epoch = ?2 AND id > ?3 ORDER BY id LIMIT ?4");
constexpr auto kTakeOver =
    sql("UPDATE as_task SET worker = ?1, worker_epoch = ?2, attempt = attempt + 1, updated_ms = ?3 WHERE id IN "
        "(SELECT t.id FROM as_task t WHERE t.worker IS NOT NULL AND NOT EXISTS (SELECT 1 FROM as_worker w "
        "WHERE w.holder = t.worker AND w.epoch = t.worker_epoch) LIMIT ?4) RETURNING ",
        kTask);

constexpr auto kUsage = store::columns(column("tasks", &Usage::tasks), column("bytes", &Usage::bytes));
constexpr auto kFindUsage = sql("SELECT ", kUsage, " FROM as_person WHERE tenant_id = ?1 AND owner_id = ?2");
constexpr auto kAddUsage =
    sql(store::insert("as_person", kUsage, "tenant_id", "owner_id"),
        " ON CONFLICT (tenant_id, owner_id) DO UPDATE SET tasks = as_person.tasks + excluded.tasks, "
        "bytes = as_person.bytes + excluded.bytes");
constexpr auto kFindAnyTask = sql("SELECT ", kTask, " FROM as_task WHERE id = ?1");

constexpr auto kStep = store::columns(
    column("task_id", &StepRecord::task_id), column("number", &StepRecord::number), column("place", &StepRecord::index),
    column("path", &StepRecord::path), column("action", &StepRecord::action),
    column<StoredObject>("args", &StepRecord::args), column<StoredValue>("output", &StepRecord::output),
    column<store::Listed<kStepStatuses, StepStatus::error>>("status", &StepRecord::status),
    column("writes", &StepRecord::writes), column("marker", &StepRecord::marker), column("digest", &StepRecord::digest),
    column("error", &StepRecord::error), column("tries", &StepRecord::tries),
    column("output_cut", &StepRecord::output_cut), column("started_ms", &StepRecord::started_ms),
    column("ended_ms", &StepRecord::ended_ms), column("destination", &StepRecord::destination));
constexpr auto kInsertStep = store::insert("as_step", kStep);
constexpr auto kStepAt = sql("SELECT ", kStep, " FROM as_step WHERE task_id = ?1 AND path = ?2");
constexpr auto kStepByNumber = sql("SELECT ", kStep, " FROM as_step WHERE task_id = ?1 AND number = ?2");
constexpr auto kSteps =
    sql("SELECT ", kStep, " FROM as_step WHERE task_id = ?1 AND number > ?2 ORDER BY number LIMIT ?3");
constexpr auto kWrite = store::columns(
    column("task_id", &StepRecord::task_id), column("number", &StepRecord::number), column("place", &StepRecord::index),
    column("path", &StepRecord::path), column("action", &StepRecord::action),
    column<store::Listed<kStepStatuses, StepStatus::error>>("status", &StepRecord::status),
    column("writes", &StepRecord::writes), column("marker", &StepRecord::marker), column("error", &StepRecord::error),
    column("tries", &StepRecord::tries), column("started_ms", &StepRecord::started_ms),
    column("ended_ms", &StepRecord::ended_ms));
constexpr auto kWrites =
    sql("SELECT ", kWrite, " FROM as_step WHERE task_id = ?1 AND writes = ?2 ORDER BY number LIMIT ?3");

constexpr auto kOpenWrites =
    sql("SELECT ", kStep,
        " FROM as_step WHERE task_id = ?1 AND writes = ?2 AND status IN ('running', 'error') ORDER BY number LIMIT ?3");

constexpr std::size_t kMostPhasesOfStatus = 4;

/// The phases that are shown as this status; the last one again where there are fewer.
std::array<std::string_view, kMostPhasesOfStatus> phases_in(Status status) {
  std::array<std::string_view, kMostPhasesOfStatus> found;
  std::size_t count = 0;
  for (const auto phase : kAllPhases) {
    if (status_of(phase) == status) found.at(count++) = to_string(phase);
  }
  for (auto last = count; last < found.size(); ++last) found.at(last) = found.at(count - 1);
  return found;
}

}  // namespace

void insert(store::Tx& tx, const TaskRecord& task) { store::run_insert(tx, kInsertTask, kTask, task); }

std::optional<TaskRecord> find(store::Connection& c, std::int64_t tenant_id, std::int64_t owner_id,
                               std::string_view id) {
  return store::one(c.query(kFindTask, tenant_id, owner_id, id), kTask);
}

std::optional<TaskRecord> find_in_tenant(store::Connection& c, std::int64_t tenant_id, std::string_view id) {
  return store::one(c.query(kFindInTenant, tenant_id, id), kTask);
}

std::optional<TaskRecord> find_claimed(store::Connection& c, const Claim& claim) {
  return store::one(c.query(kFindClaimed, claim.task_id, claim.tenant_id, claim.worker, claim.epoch), kTask);
}

std::optional<TaskRecord> find_held(store::Connection& c, const Claim& claim) {
  return store::one(c.query(kFindHeld, claim.task_id, claim.tenant_id, claim.worker, claim.epoch), kHeld);
}

std::vector<TaskRecord> page(store::Connection& c, std::int64_t tenant_id, std::int64_t owner_id, const Wanted& wanted,
                             std::int64_t from, std::int64_t limit) {
  const auto& [conversation_id, service, status] = wanted;
  const bool of_one = !conversation_id.empty();
  if (!status) {
    return store::all(of_one ? c.query(kTasksOfConversation, tenant_id, owner_id, service, from, limit, conversation_id)
                             : c.query(kTaskPage, tenant_id, owner_id, service, from, limit),
                      kTask);
  }
  const auto in = phases_in(*status);
  return store::all(
      of_one ? c.query(kTasksOfConversationInStatus, tenant_id, owner_id, service, from, limit, in[0], in[1], in[2],
                       in[3], conversation_id)
             : c.query(kTasksInStatus, tenant_id, owner_id, service, from, limit, in[0], in[1], in[2], in[3]),
      kTask);
}

std::vector<TaskRecord> claimed_by(store::Connection& c, std::string_view worker, std::int64_t epoch,
                                   std::string_view after_id, std::int64_t limit) {
  return store::all(c.query(kClaimedBy, worker, epoch, after_id, limit), kTask);
}

std::int64_t count_claimed(store::Connection& c, std::int64_t tenant_id, std::int64_t owner_id) {
  return store::number(
      c.query("SELECT COUNT(*) FROM as_task WHERE tenant_id = ?1 AND owner_id = ?2 AND worker IS NOT NULL", tenant_id,
              owner_id));
}

bool update(store::Tx& tx, const TaskRecord& task, const Standing& before, std::optional<base::UnixMs> tell) {
  return tx.run(
             "UPDATE as_task SET service = ?2, intent = ?3, inputs = ?4, phase = ?5, reason = ?6, result = ?7, "
             "attempt = ?8, steps = ?9, bytes = ?10, worker = ?11, worker_epoch = ?12, updated_ms = ?13, borrowed = "
             "?17, planning = ?18, role = ?19, key_id = ?20, files = ?21, file_bytes = ?22, tools = ?23, "
             "tell_ms = ?24 WHERE id = ?1 AND phase = ?14 AND COALESCE(worker, '') = ?15 AND worker_epoch = ?16",
             task.id, task.spec.service, task.spec.intent, StoredObject::write(task.spec.inputs), to_string(task.phase),
             task.reason, StoredValue::write(task.result), task.attempt, task.steps, task.bytes,
             store::text_or_null(task.worker), task.worker_epoch, task.updated_ms, to_string(before.phase),
             before.worker, before.epoch, task.spec.borrowed, StoredObject::write(task.spec.planning), task.role,
             task.key_id, task.files, task.file_bytes, StoredObject::write(task.spec.tools), tell) == 1;
}

bool progress(store::Tx& tx, const TaskRecord& task, std::optional<base::UnixMs> updated_ms) {
  const auto changed = tx.run(
      "UPDATE as_task SET steps = ?2, bytes = ?3, files = ?4, file_bytes = ?5 WHERE id = ?1 AND phase = ?6 AND "
      "worker = ?7 AND worker_epoch = ?8",
      task.id, task.steps, task.bytes, task.files, task.file_bytes, to_string(task.phase), task.worker,
      task.worker_epoch);
  // Three indexes have it: naming it would write all of them.
  if (changed == 1 && updated_ms) tx.run("UPDATE as_task SET updated_ms = ?2 WHERE id = ?1", task.id, *updated_ms);
  return changed == 1;
}

void tell(store::Tx& tx, std::string_view id, std::optional<base::UnixMs> since) {
  tx.run("UPDATE as_task SET tell_ms = ?2 WHERE id = ?1", id, since);
}

void tell_later(store::Tx& tx, std::string_view id, base::UnixMs since) {
  tx.run("UPDATE as_task SET tell_ms = ?2 WHERE id = ?1 AND tell_ms IS NOT NULL", id, since);
}

std::vector<TaskRecord> untold(store::Connection& c, base::UnixMs before, base::UnixMs behind, std::int64_t limit) {
  return store::all(c.query(kUntold, before, behind, limit), kTask);
}

bool take_telling(store::Tx& tx, std::string_view id, Phase phase, base::UnixMs updated_ms) {
  return tx.run(
             "UPDATE as_task SET tell_ms = NULL WHERE id = ?1 AND phase = ?2 AND updated_ms = ?3 "
             "AND tell_ms IS NOT NULL",
             id, to_string(phase), updated_ms) == 1;
}

std::vector<TaskRecord> undoing(store::Connection& c, std::string_view id, std::int64_t limit) {
  return store::all(c.query(kUndoing, id, limit), kTask);
}

std::vector<TaskRecord> take_over(store::Tx& tx, std::string_view worker, std::int64_t epoch, base::UnixMs now,
                                  std::int64_t limit) {
  return store::all(tx.query(kTakeOver, worker, epoch, now, limit), kTask);
}

Usage usage(store::Connection& c, std::int64_t tenant_id, std::int64_t owner_id) {
  return store::one(c.query(kFindUsage, tenant_id, owner_id), kUsage).value_or(Usage{});
}

void add_usage(store::Tx& tx, std::int64_t tenant_id, std::int64_t owner_id, const Usage& more) {
  store::run_insert(tx, kAddUsage, kUsage, more, tenant_id, owner_id);
}

std::int64_t remove(store::Tx& tx, std::string_view id) {
  const auto task = store::one(tx.query(kFindAnyTask, id), kTask);
  if (task) add_usage(tx, task->tenant_id, task->owner_id, {.tasks = -1, .bytes = -task->bytes - task->file_bytes});
  return tx.run("DELETE FROM as_task WHERE id = ?1", id);
}

void insert_step(store::Tx& tx, const StepRecord& step) { store::run_insert(tx, kInsertStep, kStep, step); }

void update_step(store::Tx& tx, const StepRecord& step) {
  tx.run(
      "UPDATE as_step SET args = ?3, output = ?4, status = ?5, digest = ?6, error = ?7, tries = ?8, output_cut "
      "= ?9, started_ms = ?10, ended_ms = ?11, destination = ?12 WHERE task_id = ?1 AND number = ?2",
      step.task_id, step.number, StoredObject::write(step.args), StoredValue::write(step.output),
      to_string(step.status), step.digest, step.error, step.tries, step.output_cut, step.started_ms, step.ended_ms,
      step.destination);
}

bool end_step(store::Tx& tx, std::string_view task_id, std::int64_t number, const StepOutcome& outcome) {
  return tx.run(
             "UPDATE as_step SET output = ?3, status = ?4, error = ?5, output_cut = ?6, ended_ms = CASE WHEN "
             "started_ms > "
             "?7 THEN started_ms ELSE ?7 END WHERE task_id = ?1 AND number = ?2 AND status = 'running'",
             task_id, number, outcome.output, to_string(outcome.status), outcome.error, outcome.output_cut,
             outcome.at_ms) == 1;
}

std::optional<StepRecord> step_at(store::Connection& c, std::string_view task_id, std::string_view path) {
  return store::one(c.query(kStepAt, task_id, path), kStep);
}

std::optional<StepRecord> step_by_number(store::Connection& c, std::string_view task_id, std::int64_t number) {
  return store::one(c.query(kStepByNumber, task_id, number), kStep);
}

std::vector<StepRecord> steps(store::Connection& c, std::string_view task_id, std::int64_t after, std::int64_t limit) {
  return store::all(c.query(kSteps, task_id, after, limit), kStep);
}

std::vector<StepRecord> writes(store::Connection& c, std::string_view task_id) {
  return store::all(c.query(kWrites, task_id, true, kMaxSteps), kWrite);
}

std::vector<StepRecord> open_writes(store::Connection& c, std::string_view task_id) {
  return store::all(c.query(kOpenWrites, task_id, true, kMaxSteps), kStep);
}

Copied copy_steps(store::Tx& tx, std::string_view from_task, std::string_view to_task, std::int64_t before) {
  const auto steps = tx.run(
      "INSERT INTO as_step (task_id, number, place, path, action, args, output, status, writes, marker, "
      "digest, error, tries, output_cut, started_ms, ended_ms, destination) SELECT ?2, number, place, path, action, "
      "args, output, status, writes, marker, digest, error, tries, output_cut, started_ms, ended_ms, destination "
      "FROM as_step "
      "WHERE task_id = ?1 AND number < ?3 AND status IN ('done', 'skipped')",
      from_task, to_task, before);
  return {.steps = steps,
          .bytes = store::number(
              tx.query("SELECT COALESCE(SUM(octet_length(args) + COALESCE(octet_length(output), 0)), 0) FROM as_step "
                       "WHERE task_id = ?1",
                       to_task))};
}

}  // namespace troupe::assistant::tasks::task_store
