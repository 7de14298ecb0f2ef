#include "assistant/tasks/tasks.h"

#include <algorithm>
#include <ranges>

#include "assistant/tasks/asking_store.h"
#include "assistant/tasks/changes.h"
#include "assistant/tasks/file_store.h"
#include "assistant/tasks/life_store.h"
#include "assistant/tasks/record_store.h"
#include "assistant/tasks/task_store.h"
#include "base/crypto.h"
#include "base/ordered_id.h"
#include "store/in_pieces.h"

namespace troupe::assistant::tasks {
namespace {

constexpr std::size_t kTaskIdLength = 22;
constexpr std::int64_t kMostTasksAtOnce = 50;
constexpr std::int64_t kMostStepsAtOnce = 500;
constexpr std::int64_t kMostFolders = 1'000;  ///< whose newest write is known
constexpr std::int64_t kMostRecordsAtOnce = 50;
constexpr std::int64_t kMostQuestionsAtOnce = 20;

Result<TaskRecord> task_of(store::Connection& c, const Who& who, const std::string& id) {
  if (!may_be_id(id)) return no_task();
  auto found = task_store::find(c, who.tenant_id, who.principal_id, id);
  if (!found) return no_task();
  return *std::move(found);
}

TaskView view_of(store::Connection& c, TaskRecord task) {
  TaskView view{.task = std::move(task)};
  if (view.task.files > 0) view.files = file_store::of_task(c, view.task.id);
  if (view.task.status() != Status::awaiting_user) return view;
  if (view.task.phase == Phase::awaiting_approval) {
    view.approval = asking_store::approval_of(c, view.task.id, ApprovalState::pending);
  } else {
    view.question = asking_store::open_question(c, view.task.id);
  }
  return view;
}

Result<KeptFile> file_in(store::Connection& c, const TaskRecord& task, std::string_view file_id) {
  const auto place = file_place(file_id);
  auto found = place ? file_store::find(c, task.id, place->first, place->second) : std::nullopt;
  if (!found) return Error(Errc::not_found, "File not found");
  return *std::move(found);
}

/// A write of which nobody knows whether it was done is the fork's as well: it begins there as it would here, with its
/// probe or a question.
void take_unknown_writes(store::Tx& tx, const TaskRecord& from, TaskRecord& fresh) {
  for (auto& step : task_store::open_writes(tx, from.id)) {
    if (!is_unknown(step)) continue;
    step.task_id = fresh.id;
    step.number = ++fresh.steps;
    step.status = StepStatus::running;
    step.error.clear();
    step.tries = 0;
    step.ended_ms = 0;
    task_store::insert_step(tx, step);
  }
}

/// Gives a fork the files of the steps that it has.
Result<Unit> copy_files(store::Tx& tx, const TaskRecord& from, TaskRecord& fresh) {
  if (from.files == 0) return Unit{};
  const auto taken = file_store::before_step(tx, from.id, fresh.parent_step);
  if (task_store::usage(tx, fresh.tenant_id, fresh.owner_id).bytes + taken.bytes > kMaxPersonBytes) {
    return Error(Errc::limit_exceeded, "Your tasks hold too much. The oldest go by themselves in time.");
  }
  file_store::copy(tx, from.id, fresh.id, fresh.parent_step);
  fresh.files = taken.files;
  fresh.file_bytes = taken.bytes;
  return Unit{};
}

Result<Answer> clean_answer(const Redactor& redactor, Answer answer) {
  if (answer.text.size() > kMaxMessageBytes) return Error(Errc::too_large, "The answer is longer than 64 KiB.");
  answer.text = redactor.text(answer.text);
  return answer;
}

/// A plan may be changed until something runs; what the executor asks is no plan's business.
Result<Unit> close_planners_question(store::Tx& tx, const TaskRecord& task, const std::optional<Answer>& answer,
                                     const std::string& by, base::UnixMs now) {
  auto open = asking_store::open_question(tx, task.id);
  if (!open || task.phase == Phase::planned) {
    if (answer) return Error(Errc::invalid_param, "Nothing was asked.");
    return Unit{};
  }
  if (!open->of_planner) {
    return Error(Errc::conflict, "Task is in awaiting_user status and cannot become planned",
                 "task " + task.id + ": a step asked, no plan")
        .with_status(400);
  }
  if (answer) return take_answer(tx, *open, *answer, by, now);
  open->answer = JsonObject{{"text", ""}};  // the person said something else
  open->answered_by = by;
  open->answered_ms = now;
  asking_store::answer(tx, *open);
  return Unit{};
}

/// Yields what tried to before, the newest first. Errors: conflict 400, limit_exceeded.
Result<std::vector<TaskRecord>> may_be_undone(store::Connection& c, const TaskRecord& task) {
  const auto refused = [](std::string why) { return Error(Errc::conflict, std::move(why)).with_status(400); };
  if (is_undo(task)) return refused("What was undone is not done again by undoing: ask for it anew.");
  if (!is_ended(task.phase)) {
    return refused("Task is in " + std::string(to_string(task.status())) + " status and cannot be undone");
  }
  auto earlier = task_store::undoing(c, task.id, kMostTasksAtOnce);
  for (const auto& each : earlier) {
    if (each.phase == Phase::done) return refused("Task was undone already");
    if (!is_ended(each.phase)) return refused("Task is being undone already, by task " + each.id);
  }
  // What was not looked at could be done twice.
  if (std::ssize(earlier) == kMostTasksAtOnce) {
    return Error(Errc::limit_exceeded, "Undoing it was begun too often.");
  }
  return earlier;
}

std::vector<EarlierUndo> with_writes(store::Connection& c, std::vector<TaskRecord> undoing) {
  std::vector<EarlierUndo> out;
  out.reserve(undoing.size());
  for (auto& each : undoing) {
    out.push_back({.inputs = std::move(each.spec.inputs), .writes = task_store::writes(c, each.id)});
  }
  return out;
}

void note_undo(identity::Audit& audit, store::Tx& tx, const Who& who, const std::string& undone, const TaskRecord& by,
               base::UnixMs now) {
  identity::AuditRecord record;
  record.tenant_id = by.tenant_id;
  record.actor_id = who.principal_id;
  record.actor = who.label;
  record.action = "assistant.undo";
  record.target = undone;
  record.detail["task"] = by.id;
  audit.append(tx, std::move(record), now);
}

}  // namespace

Result<Workers::Self> Tasks::self() const {
  auto self = uses_.workers.self();
  if (self) return *std::move(self);
  return Error(Errc::unavailable, "The server does not run tasks at the moment.")
      .with_retry_after(std::chrono::seconds(2));
}

Task<TaskView> Tasks::create(Who who, TaskDraft draft) {
  const auto redactor = uses_.secrets.redactor(who.tenant_id);
  const auto now = uses_.clock.unix_ms();
  if (!may_be_id(draft.conversation_id)) co_return Error(Errc::not_found, "Conversation not found");
  CO_TRY(auto spec, spec_of(*redactor, std::move(draft.spec)));
  std::optional<Question> question;
  if (draft.question) {
    CO_TRY(question, question_of(*redactor, *draft.question, true, base::random_alphanumeric(kTaskIdLength), now));
  }
  const auto bytes = bytes_of(spec);
  const TaskRecord fresh{.id = base::ordered_id(now, kTaskIdLength),
                         .tenant_id = who.tenant_id,
                         .owner_id = who.principal_id,
                         .owner = who.label,
                         .role = static_cast<std::int64_t>(who.role),
                         .conversation_id = draft.conversation_id,
                         .spec = std::move(spec),
                         .bytes = bytes,
                         .key_id = who.key_id,
                         .created_ms = now,
                         .updated_ms = now};
  auto make = [&](store::Tx& tx) -> Result<TaskView> {
    TaskView view{.task = fresh};
    if (question) {
      TRY(view.task.phase, advance(fresh.id, Phase::planned, trigger_of(question->kind)));
      TRY(view.question, ask(tx, *question, fresh.id));
    }
    TRY(add(tx, view.task));
    return view;
  };
  co_return co_await uses_.db.write(make, {.savepoint = true});
}

Task<TaskView> Tasks::find(Who who, std::string task_id) {
  auto look = [&](store::Connection& c) -> Result<TaskView> {
    TRY(auto task, task_of(c, who, task_id));
    return view_of(c, std::move(task));
  };
  co_return co_await uses_.db.read(look);
}

Task<std::vector<TaskRecord>> Tasks::page(Who who, Wanted wanted, std::int64_t from, std::int64_t limit) {
  for (const auto* each : {&wanted.conversation_id, &wanted.service}) {
    if (!each->empty() && !may_be_id(*each)) co_return std::vector<TaskRecord>();
  }
  auto look = [&](store::Connection& c) -> Result<std::vector<TaskRecord>> {
    return task_store::page(c, who.tenant_id, who.principal_id, wanted, std::max<std::int64_t>(from, 0),
                            std::clamp<std::int64_t>(limit, 0, kMostTasksAtOnce));
  };
  co_return co_await uses_.db.read(look);
}

Task<std::vector<StepRecord>> Tasks::steps(Who who, std::string task_id, std::int64_t after, std::int64_t limit) {
  auto look = [&](store::Connection& c) -> Result<std::vector<StepRecord>> {
    TRY(const auto task, task_of(c, who, task_id));
    return task_store::steps(c, task.id, after, std::clamp<std::int64_t>(limit, 0, kMostStepsAtOnce));
  };
  co_return co_await uses_.db.read(look);
}

Task<std::vector<Question>> Tasks::questions(Who who, std::string task_id, std::int64_t from) {
  auto look = [&](store::Connection& c) -> Result<std::vector<Question>> {
    TRY(const auto task, task_of(c, who, task_id));
    return asking_store::questions(c, task.id, std::max<std::int64_t>(from, 0), kMostQuestionsAtOnce);
  };
  co_return co_await uses_.db.read(look);
}

Task<std::vector<ApiCall>> Tasks::calls(Who who, std::string task_id, base::UnixMs after_ms, std::string after_id) {
  const auto behind = storable(after_id);
  auto look = [&](store::Connection& c) -> Result<std::vector<ApiCall>> {
    TRY(const auto task, task_of(c, who, task_id));
    return record_store::calls(c, task.id, after_ms, behind, kMostRecordsAtOnce);
  };
  co_return co_await uses_.db.read(look);
}

Task<std::vector<CommandRun>> Tasks::commands(Who who, std::string task_id, base::UnixMs after_ms,
                                              std::string after_id) {
  const auto behind = storable(after_id);
  auto look = [&](store::Connection& c) -> Result<std::vector<CommandRun>> {
    TRY(const auto task, task_of(c, who, task_id));
    return record_store::commands(c, task.id, after_ms, behind, kMostRecordsAtOnce);
  };
  co_return co_await uses_.db.read(look);
}

Task<KeptFile> Tasks::file(Who who, std::string task_id, std::string file_id) {
  auto look = [&](store::Connection& c) -> Result<KeptFile> {
    TRY(const auto task, task_of(c, who, task_id));
    return file_in(c, task, file_id);
  };
  co_return co_await uses_.db.read(look);
}

Task<KeptFile> Tasks::file_of(Claim claim, std::string file_id) {
  auto look = [&](store::Connection& c) -> Result<KeptFile> {
    TRY(const auto task, claimed(c, claim));
    return file_in(c, task, file_id);
  };
  co_return co_await uses_.db.read(look);
}

Task<std::vector<ApiCall>> Tasks::exchanges(Who who, std::string task_id, std::vector<std::string> ids) {
  auto look = [&](store::Connection& c) -> Result<std::vector<ApiCall>> {
    TRY(task_of(c, who, task_id));
    std::vector<ApiCall> found;
    for (const auto& id : ids | std::views::take(kMaxExchanges)) {
      if (!may_be_id(id)) continue;
      if (auto call = record_store::call_of_no_task(c, who.tenant_id, id)) found.push_back(*std::move(call));
    }
    return found;
  };
  co_return co_await uses_.db.read(look);
}

Task<TaskView> Tasks::plan(Who who, std::string task_id, std::optional<Answer> answer, TaskSpec spec,
                           std::optional<QuestionDraft> draft) {
  const auto redactor = uses_.secrets.redactor(who.tenant_id);
  const auto now = uses_.clock.unix_ms();
  CO_TRY(auto clean, spec_of(*redactor, std::move(spec)));
  if (answer) {
    CO_TRY(answer, clean_answer(*redactor, *std::move(answer)));
  }
  std::optional<Question> question;
  if (draft) {
    CO_TRY(question, question_of(*redactor, *draft, true, base::random_alphanumeric(kTaskIdLength), now));
  }
  auto write = [&](store::Tx& tx) -> Result<TaskView> {
    TRY(auto task, task_of(tx, who, task_id));
    const auto trigger = question ? trigger_of(question->kind) : Trigger::plan;
    TRY(advance(task.id, task.phase, trigger));
    TRY(close_planners_question(tx, task, answer, who.label, now));
    const auto more = bytes_of(clean) - bytes_of(task.spec);
    task.bytes += more;
    task_store::add_usage(tx, task.tenant_id, task.owner_id, {.bytes = more});
    task.spec = clean;
    TRY(change(tx, task, trigger, now));
    TaskView view{.task = std::move(task)};
    if (question) {
      TRY(view.question, ask(tx, *question, view.task.id));
    }
    return view;
  };
  co_return co_await uses_.db.write(write, {.savepoint = true});
}

Task<Taken> Tasks::execute(Who who, std::string task_id) {
  const auto now = uses_.clock.unix_ms();
  CO_TRY(const auto mine, self());
  auto write = [&](store::Tx& tx) -> Result<Taken> {
    TRY(auto task, task_of(tx, who, task_id));
    return change_and_claim(tx, std::move(task), who, Trigger::execute, mine, now);
  };
  co_return co_await uses_.db.write(write);
}

Task<Taken> Tasks::resume(Who who, std::string task_id, Answer answer) {
  const auto redactor = uses_.secrets.redactor(who.tenant_id);
  const auto now = uses_.clock.unix_ms();
  CO_TRY(const auto mine, self());
  CO_TRY(const auto clean, clean_answer(*redactor, std::move(answer)));
  auto write = [&](store::Tx& tx) -> Result<Taken> {
    TRY(auto task, task_of(tx, who, task_id));
    TRY(advance(task.id, task.phase, Trigger::answer));
    auto open = asking_store::open_question(tx, task.id);
    if (!open || open->of_planner) {
      return Error(Errc::conflict, "Task is in awaiting_user status and cannot be executed",
                   "task " + task.id + ": it has no plan yet")
          .with_status(400);
    }
    TRY(take_answer(tx, *open, clean, who.label, now));
    return change_and_claim(tx, std::move(task), who, Trigger::answer, mine, now);
  };
  co_return co_await uses_.db.write(write, {.savepoint = true});
}

Task<TaskRecord> Tasks::cancel(Who who, std::string task_id) {
  const auto now = uses_.clock.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<TaskRecord> {
    TRY(auto task, task_of(tx, who, task_id));
    const bool waits_for_approval = task.phase == Phase::awaiting_approval;
    task.reason = "Cancelled.";
    TRY(change(tx, task, Trigger::cancel, now));
    if (!waits_for_approval) return task;
    if (auto approval = asking_store::approval_of(tx, task.id, ApprovalState::pending)) {
      approval->state = ApprovalState::withdrawn;
      approval->decided_by = who.principal_id;
      approval->decider = who.label;
      approval->decided_ms = now;
      asking_store::decide(tx, *approval);
      note_decision(uses_.audit, tx, who, "assistant.withdraw", *approval, now);
    }
    return task;
  };
  CO_TRY(auto task, co_await uses_.db.write(write, {.savepoint = true}));
  uses_.bus.ring(bus::Topic::audit, 0);
  co_return task;
}

Task<TaskRecord> Tasks::fork(Who who, std::string task_id, std::int64_t from_step, std::optional<JsonObject> inputs,
                             std::string conversation_id) {
  if (!conversation_id.empty() && !may_be_id(conversation_id)) {
    co_return Error(Errc::not_found, "Conversation not found");
  }
  const auto redactor = uses_.secrets.redactor(who.tenant_id);
  const auto now = uses_.clock.unix_ms();
  std::optional<TaskSpec> other;
  if (inputs) {
    CO_TRY(other, spec_of(*redactor, {.service = {}, .intent = {}, .inputs = *std::move(inputs)}));
  }
  const auto id = base::ordered_id(now, kTaskIdLength);
  auto write = [&](store::Tx& tx) -> Result<TaskRecord> {
    TRY(auto task, task_of(tx, who, task_id));
    if (is_claimed(task.phase)) {
      return Error(Errc::conflict, "Task is in executing status and cannot be forked").with_status(400);
    }
    if (from_step < 1 || from_step > task.steps + 1) return Error(Errc::invalid_param, "The task has no such step.");
    TaskRecord fresh{.id = id,
                     .tenant_id = task.tenant_id,
                     .owner_id = task.owner_id,
                     .owner = task.owner,
                     .role = std::min(task.role, static_cast<std::int64_t>(who.role)),
                     .conversation_id = conversation_id.empty() ? task.conversation_id : conversation_id,
                     .spec = task.spec,
                     .parent_task = task.id,
                     .parent_step = from_step,
                     .steps = from_step - 1,
                     .key_id = who.key_id,
                     .created_ms = now,
                     .updated_ms = now};
    if (other) fresh.spec.inputs = other->inputs;
    take_unknown_writes(tx, task, fresh);
    fresh.bytes = task_store::copy_steps(tx, task.id, id, from_step).bytes + bytes_of(fresh.spec);
    TRY(copy_files(tx, task, fresh));
    TRY(add(tx, fresh, &task));
    return fresh;
  };
  co_return co_await uses_.db.write(write, {.savepoint = true});
}

Task<TaskRecord> Tasks::undo(Who who, std::string task_id, UndoDraft draft) {
  if (!draft.conversation_id.empty() && !may_be_id(draft.conversation_id)) {
    co_return Error(Errc::not_found, "Conversation not found");
  }
  const auto redactor = uses_.secrets.redactor(who.tenant_id);
  const auto now = uses_.clock.unix_ms();
  const auto id = base::ordered_id(now, kTaskIdLength);
  auto write = [&](store::Tx& tx) -> Result<TaskRecord> {
    TRY(const auto task, task_of(tx, who, task_id));
    TRY(auto earlier, may_be_undone(tx, task));
    TRY(auto inputs, draft.inputs(with_writes(tx, std::move(earlier))));
    TRY(auto spec,
        spec_of(*redactor,
                {.service = draft.service, .intent = draft.intent, .inputs = std::move(inputs), .borrowed = true}));
    const auto bytes = bytes_of(spec);
    TaskRecord fresh{.id = id,
                     .tenant_id = task.tenant_id,
                     .owner_id = task.owner_id,
                     .owner = task.owner,
                     .role = std::min(task.role, static_cast<std::int64_t>(who.role)),
                     .conversation_id = draft.conversation_id.empty() ? task.conversation_id : draft.conversation_id,
                     .spec = std::move(spec),
                     .parent_task = task.id,
                     .bytes = bytes,
                     .key_id = who.key_id,
                     .created_ms = now,
                     .updated_ms = now};
    TRY(add(tx, fresh, &task));
    note_undo(uses_.audit, tx, who, task.id, fresh, now);
    return fresh;
  };
  CO_TRY(auto made, co_await uses_.db.write(write, {.savepoint = true}));
  uses_.bus.ring(bus::Topic::audit, 0);
  co_return made;
}

Task<std::vector<EarlierUndo>> Tasks::check_undo(Who who, std::string task_id) {
  auto look = [&](store::Connection& c) -> Result<std::vector<EarlierUndo>> {
    TRY(const auto task, task_of(c, who, task_id));
    TRY(auto earlier, may_be_undone(c, task));
    return with_writes(c, std::move(earlier));
  };
  co_return co_await uses_.db.read(look);
}

Task<std::vector<TaskView>> Tasks::untold(base::UnixMs before, base::UnixMs behind) {
  auto look = [&](store::Connection& c) -> Result<std::vector<TaskView>> {
    std::vector<TaskView> found;
    for (auto& task : task_store::untold(c, before, behind, kMostTasksAtOnce))
      found.push_back(view_of(c, std::move(task)));
    return found;
  };
  co_return co_await uses_.db.read(look);
}

Task<Unit> Tasks::tell_later(std::string task_id, base::UnixMs since) {
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    task_store::tell_later(tx, task_id, since);
    return Unit{};
  };
  co_return co_await uses_.db.write(write);
}

Task<Unit> Tasks::sweep(std::int64_t keep_days, std::int64_t keep_calls_days, base::UnixMs now) {
  const auto before = [now](std::int64_t days) {
    return now - std::chrono::milliseconds(std::chrono::days(days)).count();
  };
  if (keep_calls_days > 0) {
    const auto calls_before = before(keep_calls_days);
    CO_TRY(co_await store::write_in_pieces(
        uses_.db, [calls_before](store::Tx& tx) { return record_store::delete_old_records(tx, calls_before); }));
  }
  CO_TRY(co_await store::write_in_pieces(uses_.db, [](store::Tx& tx) { return record_store::delete_idle(tx); }));
  auto forget = [](store::Tx& tx) -> Result<Unit> {
    life_store::forget(tx, kMostFolders);
    return Unit{};
  };
  CO_TRY(co_await uses_.db.write(forget));
  if (keep_days <= 0) co_return Unit{};
  const auto tasks_before = before(keep_days);
  CO_TRY(co_await store::write_in_pieces(
      uses_.db, [tasks_before](store::Tx& tx) { return record_store::delete_old_tasks(tx, tasks_before); }));
  CO_TRY(co_await store::write_in_pieces(
      uses_.db, [tasks_before](store::Tx& tx) { return record_store::delete_old_conversations(tx, tasks_before); }));
  co_return co_await store::write_in_pieces(
      uses_.db, [tasks_before](store::Tx& tx) { return record_store::delete_old_choices(tx, tasks_before); });
}

}  // namespace troupe::assistant::tasks
