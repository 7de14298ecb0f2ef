// The executor's side of Tasks.
#include <algorithm>
#include <boost/json/serialize.hpp>

#include "assistant/tasks/asking_store.h"
#include "assistant/tasks/changes.h"
#include "assistant/tasks/digest.h"
#include "assistant/tasks/stored_json.h"
#include "assistant/tasks/task_store.h"
#include "base/crypto.h"

namespace troupe::assistant::tasks {
namespace {

constexpr std::size_t kMarkerLength = 22;
constexpr std::int64_t kMostTaken = 1'000;
constexpr std::int64_t kMostKnownSteps = 500;

/// A step as it will be stored, when it is new.
struct Ready {
  StepStart start;
  StepRecord step;
  std::int64_t args_bytes = 0;
};

Result<Ready> ready(const Redactor& redactor, const Claim& claim, StepStart start, base::UnixMs now) {
  for (const auto& name : {start.path, start.action}) {
    if (name.size() > kMaxNameBytes || storable(name) != name) {
      return Error(Errc::invalid_param, "A step's path and action are short texts.");
    }
  }
  if (start.path.empty()) return Error(Errc::invalid_param, "A step has a path.");
  Ready made;
  made.step = {.task_id = claim.task_id,
               .index = start.index,
               .path = start.path,
               .action = start.action,
               .args = redactor.json(start.args),
               .output = {},
               .status = StepStatus::running,
               .writes = start.writes,
               .marker = base::random_alphanumeric(kMarkerLength),
               .digest = digest_of(start.action, start.args),
               .error = {},
               .tries = 1,
               .started_ms = now};
  made.args_bytes = bytes_of(made.step.args);
  if (made.args_bytes > static_cast<std::int64_t>(kMaxArgsBytes)) {
    return Error(Errc::too_large, "A step's arguments take more than 256 KiB.");
  }
  made.start = std::move(start);
  return made;
}

bool is_approved(store::Connection& c, const StepRecord& step) {
  const auto approval = asking_store::approval_of(c, step.task_id, ApprovalState::approved);
  if (!approval) return false;
  for (std::size_t i = 0; i < std::min(approval->paths.size(), approval->digests.size()); ++i) {
    if (approval->paths[i] == step.path && approval->digests[i] == step.digest) return true;
  }
  return false;
}

/// A step that is there already: what is to be done with it.
Begun again(store::Tx& tx, const Ready& ready, StepRecord known) {
  using State = Begun::State;
  const bool tried = known.status == StepStatus::running;
  if (!step_may_become(known.status, StepStatus::running) ||
      (known.status == StepStatus::error && !ready.start.again)) {
    return {.state = State::ended, .step = std::move(known)};
  }
  if (tried && known.writes && (known.digest != ready.step.digest || known.action != ready.step.action)) {
    Begun begun{.state = State::changed, .step = std::move(known)};
    begun.answered = asking_store::answered_question(tx, begun.step.task_id, begun.step.path);
    return begun;
  }
  if (!tried && ready.start.needs_approval && !is_approved(tx, ready.step)) return {.state = State::unapproved};
  known.status = StepStatus::running;
  known.args = ready.step.args;
  known.digest = ready.step.digest;
  known.error.clear();
  known.output.reset();
  if (!tried) known.started_ms = ready.step.started_ms;  // whoever looks for its effect begins there
  known.ended_ms = 0;
  ++known.tries;
  task_store::update_step(tx, known);
  Begun begun{.state = tried ? State::repeated : State::fresh, .step = std::move(known)};
  if (tried) begun.answered = asking_store::answered_question(tx, begun.step.task_id, begun.step.path);
  return begun;
}

Result<Begun> begin(store::Tx& tx, TaskRecord& task, const Ready& ready) {
  if (task.phase == Phase::cancelling) return Begun{.state = Begun::State::cancelled};
  if (auto known = task_store::step_at(tx, task.id, ready.step.path)) return again(tx, ready, *std::move(known));
  if (ready.start.needs_approval && !is_approved(tx, ready.step)) return Begun{.state = Begun::State::unapproved};
  if (task.steps >= kMaxSteps) return Error(Errc::limit_exceeded, "The task has too many steps.");
  if (task.bytes + ready.args_bytes > kMaxTaskBytes) {
    return Error(Errc::limit_exceeded, "The task holds more than 32 MiB.");
  }
  if (task_store::usage(tx, task.tenant_id, task.owner_id).bytes + ready.args_bytes > kMaxPersonBytes) {
    return Error(Errc::limit_exceeded, "Your tasks hold too much. The oldest go by themselves in time.");
  }
  task_store::add_usage(tx, task.tenant_id, task.owner_id, {.bytes = ready.args_bytes});
  auto step = ready.step;
  step.number = ++task.steps;
  task.bytes += ready.args_bytes;
  task.updated_ms = std::max(task.updated_ms, step.started_ms);
  task_store::insert_step(tx, step);
  TRY(keep(tx, task));
  return Begun{.state = Begun::State::fresh, .step = std::move(step)};
}

/// What a step yielded, as it will be stored.
struct Outcome {
  StepStatus status = StepStatus::done;
  std::optional<Json> output;
  std::int64_t output_bytes = 0;
  bool is_cut = false;
  std::string error;
};

struct Fitting {
  Json value;
  std::int64_t bytes = 0;
  bool is_cut = false;
};

Json cut_note(std::int64_t bytes) { return JsonObject{{"cut", true}, {"bytes", bytes}}; }

Fitting fitting(const Redactor& redactor, const Json& value, std::size_t most) {
  Fitting made{.value = redactor.json(value)};
  made.bytes = static_cast<std::int64_t>(boost::json::serialize(made.value).size());
  if (made.bytes <= static_cast<std::int64_t>(most)) return made;
  return {.value = cut_note(made.bytes), .bytes = 0, .is_cut = true};
}

Result<Outcome> outcome_of(const Redactor& redactor, const StepEnd& end) {
  if (!step_may_become(StepStatus::running, end.status) || end.status == StepStatus::running) {
    return Error(Errc::invalid_param, "A step ends done, in an error or skipped.");
  }
  Outcome outcome{.status = end.status, .output = {}, .error = cut(redactor.text(end.error), kMaxReasonBytes)};
  if (end.output) {
    auto made = fitting(redactor, *end.output, kMaxOutputBytes);
    outcome.output = std::move(made.value);
    outcome.output_bytes = made.bytes;
    outcome.is_cut = made.is_cut;
  }
  return outcome;
}

Result<StepRecord> store_outcome(store::Tx& tx, TaskRecord& task, StepRecord step, const Outcome& outcome,
                                 base::UnixMs now) {
  if (step.status != StepStatus::running) {
    return Error(Errc::conflict, "The step has ended.",
                 "step " + step.id() + ": " + std::string(to_string(step.status)) + " cannot become " +
                     std::string(to_string(outcome.status)));
  }
  step.status = outcome.status;
  step.output = outcome.output;
  step.output_cut = outcome.is_cut;
  if (outcome.output && !outcome.is_cut && task.bytes + outcome.output_bytes > kMaxTaskBytes) {
    step.output = cut_note(outcome.output_bytes);
    step.output_cut = true;
  } else if (outcome.output_bytes > 0) {
    task.bytes += outcome.output_bytes;
    task_store::add_usage(tx, task.tenant_id, task.owner_id, {.bytes = outcome.output_bytes});
  }
  step.error = outcome.error;
  step.ended_ms = std::max(now, step.started_ms);
  task.updated_ms = std::max(task.updated_ms, now);
  task_store::update_step(tx, step);
  TRY(keep(tx, task));
  return step;
}

Actor actor_of(const TaskRecord& task) {
  return {.tenant_id = task.tenant_id, .principal_id = task.owner_id, .label = task.owner};
}

std::vector<Taken> with_claims(std::vector<TaskRecord> tasks, const Workers::Self& self) {
  std::vector<Taken> taken;
  taken.reserve(tasks.size());
  for (auto& task : tasks) {
    Claim claim{.task_id = task.id, .tenant_id = task.tenant_id, .worker = self.holder, .epoch = self.epoch};
    taken.push_back({.task = std::move(task), .claim = std::move(claim)});
  }
  return taken;
}

}  // namespace

Task<std::vector<Taken>> Tasks::take_over(std::int64_t limit) {
  const auto now = uses_.clock.unix_ms();
  CO_TRY(const auto mine, self());
  auto write = [&](store::Tx& tx) -> Result<std::vector<TaskRecord>> {
    return task_store::take_over(tx, mine.holder, mine.epoch, now, std::clamp<std::int64_t>(limit, 0, kMostTaken));
  };
  CO_TRY(auto tasks, co_await uses_.db.write(write));
  co_return with_claims(std::move(tasks), mine);
}

Task<std::vector<Taken>> Tasks::held(std::string after_id, std::int64_t limit) {
  CO_TRY(const auto mine, self());
  auto look = [&](store::Connection& c) -> Result<std::vector<TaskRecord>> {
    return task_store::claimed_by(c, mine.holder, mine.epoch, after_id, std::clamp<std::int64_t>(limit, 0, kMostTaken));
  };
  CO_TRY(auto tasks, co_await uses_.db.read(look));
  co_return with_claims(std::move(tasks), mine);
}

Task<TaskRecord> Tasks::current(Claim claim) {
  auto look = [&](store::Connection& c) -> Result<TaskRecord> { return claimed(c, claim); };
  co_return co_await uses_.db.read(look);
}

Task<std::vector<StepRecord>> Tasks::steps_of(Claim claim, std::int64_t after, std::int64_t limit) {
  auto look = [&](store::Connection& c) -> Result<std::vector<StepRecord>> {
    TRY(const auto task, claimed(c, claim));
    return task_store::steps(c, task.id, after, std::clamp<std::int64_t>(limit, 0, kMostKnownSteps));
  };
  co_return co_await uses_.db.read(look);
}

Task<Begun> Tasks::begin_step(Claim claim, StepStart start) {
  const auto redactor = uses_.secrets.redactor(claim.tenant_id);
  CO_TRY(const auto step, ready(*redactor, claim, std::move(start), uses_.clock.unix_ms()));
  auto write = [&](store::Tx& tx) -> Result<Begun> {
    TRY(auto task, claimed(tx, claim));
    return begin(tx, task, step);
  };
  co_return co_await uses_.db.write(write);
}

Task<StepRecord> Tasks::finish_step(Claim claim, std::int64_t number, StepEnd end) {
  const auto redactor = uses_.secrets.redactor(claim.tenant_id);
  const auto now = uses_.clock.unix_ms();
  CO_TRY(const auto outcome, outcome_of(*redactor, end));
  CO_TRY(const auto records, uses_.journal.prepared({.tenant_id = claim.tenant_id}, std::move(end.records)));
  struct Ended {
    Result<StepRecord> step;
  };
  // What was called is kept where the outcome is refused, too: so a refusal is no failure of the write.
  auto write = [&](store::Tx& tx) -> Result<Ended> {
    auto task = claimed(tx, claim);
    const auto whose = task ? std::optional(*task) : task_store::find_in_tenant(tx, claim.tenant_id, claim.task_id);
    if (whose) uses_.journal.append(tx, actor_of(*whose), claim.task_id, number, records);
    if (!task) return Ended{std::unexpected(std::move(task).error())};
    auto step = task_store::step_by_number(tx, claim.task_id, number);
    if (!step) return Ended{Error(Errc::not_found, "Step not found")};
    return Ended{store_outcome(tx, *task, *std::move(step), outcome, now)};
  };
  CO_TRY(auto ended, co_await uses_.db.write(write));
  if (!records.empty()) uses_.journal.ring();
  co_return std::move(ended.step);
}

Task<Unit> Tasks::note_calls(Claim claim, std::int64_t number, Records records) {
  CO_TRY(const auto ready, uses_.journal.prepared({.tenant_id = claim.tenant_id}, std::move(records)));
  if (ready.empty()) co_return Unit{};
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    const auto whose = task_store::find_in_tenant(tx, claim.tenant_id, claim.task_id);
    if (whose) uses_.journal.append(tx, actor_of(*whose), claim.task_id, number, ready);
    return Unit{};
  };
  CO_TRY(co_await uses_.db.write(write));
  uses_.journal.ring();
  co_return Unit{};
}

Task<Begun> Tasks::note_step(Claim claim, StepStart start, StepEnd end) {
  if (start.writes || !end.records.empty()) co_return Error(Errc::invalid_param, "The step has effects outside.");
  const auto redactor = uses_.secrets.redactor(claim.tenant_id);
  const auto now = uses_.clock.unix_ms();
  CO_TRY(const auto outcome, outcome_of(*redactor, end));
  CO_TRY(const auto step, ready(*redactor, claim, std::move(start), now));
  auto write = [&](store::Tx& tx) -> Result<Begun> {
    TRY(auto task, claimed(tx, claim));
    TRY(auto begun, begin(tx, task, step));
    if (begun.state != Begun::State::fresh && begun.state != Begun::State::repeated) return begun;
    TRY(begun.step, store_outcome(tx, task, std::move(begun.step), outcome, now));
    begun.state = Begun::State::ended;
    return begun;
  };
  co_return co_await uses_.db.write(write, {.savepoint = true});
}

Task<Question> Tasks::pause(Claim claim, QuestionDraft draft) {
  const auto redactor = uses_.secrets.redactor(claim.tenant_id);
  const auto now = uses_.clock.unix_ms();
  CO_TRY(const auto question, question_of(*redactor, draft, false, base::random_alphanumeric(kMarkerLength), now));
  auto write = [&](store::Tx& tx) -> Result<Question> {
    TRY(auto task, claimed(tx, claim));
    TRY(change(tx, task, trigger_of(question.kind), now));
    return ask(tx, question, task.id);
  };
  co_return co_await uses_.db.write(write, {.savepoint = true});
}

Task<Approval> Tasks::ask_approval(Claim claim, ApprovalDraft draft) {
  const auto redactor = uses_.secrets.redactor(claim.tenant_id);
  const auto now = uses_.clock.unix_ms();
  if (draft.calls.empty()) co_return Error(Errc::invalid_param, "There is nothing to approve.");
  if (draft.calls.size() > kMaxApprovalCalls)
    co_return Error(Errc::limit_exceeded, "There are too many calls to approve.");
  Approval wanted{.id = base::random_alphanumeric(kMarkerLength),
                  .task_id = claim.task_id,
                  .tenant_id = claim.tenant_id,
                  .asker = {},
                  .digest = digest_of(draft.calls),
                  .calls = {},
                  .may = draft.may,
                  .names = std::move(draft.names),
                  .why = cut(redactor->text(draft.why), kMaxReasonBytes),
                  .decider = {},
                  .asked_ms = now};
  for (const auto& call : draft.calls) {
    wanted.calls.push_back(JsonObject{{"path", redactor->text(call.path)},
                                      {"action", redactor->text(call.action)},
                                      {"args", redactor->json(call.args)}});
    wanted.paths.push_back(storable(call.path));
    wanted.digests.push_back(digest_of(call.action, call.args));
  }
  for (auto& name : wanted.names) name = storable(name);
  if (StoredArray::write(wanted.calls).size() + StoredTexts::write(wanted.names).size() > kMaxApprovalBytes) {
    co_return Error(Errc::too_large, "The calls to approve take more than 1 MiB.");
  }
  auto write = [&](store::Tx& tx) -> Result<Approval> {
    TRY(auto task, claimed(tx, claim));
    TRY(change(tx, task, Trigger::ask_approval, now));
    const auto last = asking_store::last_approval(tx, task.id);
    if (last >= kMaxQuestionsOfTask) return Error(Errc::limit_exceeded, "The task has asked too often.");
    auto approval = wanted;
    approval.asker_id = task.owner_id;
    approval.asker = task.owner;
    asking_store::insert(tx, approval, last + 1);
    return approval;
  };
  co_return co_await uses_.db.write(write, {.savepoint = true});
}

Task<TaskRecord> Tasks::end(Claim claim, Trigger trigger, std::optional<Json> result, std::string reason) {
  const auto redactor = uses_.secrets.redactor(claim.tenant_id);
  const auto now = uses_.clock.unix_ms();
  const auto why = cut(redactor->text(reason), kMaxReasonBytes);
  if (result) result = fitting(*redactor, *result, kMaxResultBytes).value;
  auto write = [&](store::Tx& tx) -> Result<TaskRecord> {
    TRY(auto task, claimed(tx, claim));
    task.result = result;
    task.reason = why;
    TRY(change(tx, task, trigger, now));
    return task;
  };
  co_return co_await uses_.db.write(write);
}

Task<TaskRecord> Tasks::finish(Claim claim, Json result) {
  return end(std::move(claim), Trigger::finish, std::move(result), "");
}
Task<TaskRecord> Tasks::fail(Claim claim, std::string reason) {
  return end(std::move(claim), Trigger::fail, std::nullopt, std::move(reason));
}
Task<TaskRecord> Tasks::stopped(Claim claim) {
  return end(std::move(claim), Trigger::stop, std::nullopt, "Cancelled.");
}

}  // namespace troupe::assistant::tasks
