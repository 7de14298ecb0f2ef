// The executor's side of Tasks.
#include <algorithm>

#include "assistant/tasks/asking_store.h"
#include "assistant/tasks/changes.h"
#include "assistant/tasks/digest.h"
#include "assistant/tasks/ending.h"
#include "assistant/tasks/life_store.h"
#include "assistant/tasks/stored_json.h"
#include "assistant/tasks/task_store.h"
#include "base/crypto.h"
#include "base/encoding.h"

namespace troupe::assistant::tasks {
namespace {

constexpr std::size_t kIdLength = 22;
constexpr std::int64_t kMostTaken = 1'000;
constexpr std::int64_t kMostKnownSteps = 500;

/// A step as it will be stored, when it is new.
struct Ready {
  StepStart start;
  StepRecord step;
  std::int64_t args_bytes = 0;
};

Result<Ready> ready(const Redactor& redactor, const Claim& claim, StepStart start, base::UnixMs now) {
  for (const auto& name : {start.path, start.action, start.mark}) {
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
               .marker = start.mark.empty() ? marker_of(claim.task_id, start.path) : start.mark,
               .digest = digest_of(start.action, start.args, start.route),
               .destination = start.destination,
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

/// Whether it is the digest of this step, as this program made it or one that left the route out: what that began, and
/// what was approved for it, goes on.
bool is_of(const Ready& ready, std::string_view digest) {
  return digest == ready.step.digest || digest == digest_of(ready.start.action, ready.start.args);
}

bool is_approved(store::Connection& c, const Ready& ready) {
  const auto approval = asking_store::approval_of(c, ready.step.task_id, ApprovalState::approved);
  if (!approval) return false;
  for (std::size_t i = 0; i < std::min(approval->paths.size(), approval->digests.size()); ++i) {
    if (approval->paths[i] == ready.step.path && is_of(ready, approval->digests[i])) return true;
  }
  return false;
}

/// Why a write may have been done before this task begins it.
struct Doubt {
  base::UnixMs since = 0;  ///< 0: it was not
  bool lost_time = false;
  std::string marker = {};  ///< that it had; empty: the step's own
};

/// A step that runs from now on, and did not before.
Begun begun_now(StepRecord step, const Doubt& doubt) {
  const bool doubted = doubt.since > 0;
  Begun begun{.state = doubted ? Begun::State::repeated : Begun::State::fresh, .step = std::move(step)};
  begun.lost_time = doubted && doubt.lost_time;
  begun.by_another = doubted && !doubt.lost_time;
  return begun;
}

/// A step that is there already: what is to be done with it.
Begun again(store::Tx& tx, const Ready& ready, StepRecord known, const Doubt& doubt) {
  using State = Begun::State;
  const bool tried = known.status == StepStatus::running;
  // Of a fork: the other task began it. What was approved there was approved for that task.
  const bool by_another = tried && known.tries == 0;
  if (!step_may_become(known.status, StepStatus::running) ||
      (known.status == StepStatus::error && !ready.start.again)) {
    return {.state = State::ended, .step = std::move(known)};
  }
  if (tried && known.writes && (!is_of(ready, known.digest) || known.action != ready.step.action)) {
    Begun begun{.state = State::changed, .step = std::move(known)};
    begun.answered = asking_store::answered_question(tx, begun.step.task_id, begun.step.path);
    return begun;
  }
  if ((!tried || by_another) && ready.start.needs_approval && !is_approved(tx, ready)) {
    return {.state = State::unapproved};
  }
  known.status = StepStatus::running;
  known.args = ready.step.args;
  known.digest = ready.step.digest;
  // It may have been done there or here.
  known.destination = tried && known.destination != ready.step.destination ? "" : ready.step.destination;
  known.error.clear();
  known.output.reset();
  // Whoever looks for its effect begins there.
  if (!tried) known.started_ms = doubt.since > 0 ? doubt.since : ready.step.started_ms;
  known.ended_ms = 0;
  ++known.tries;
  task_store::update_step(tx, known);
  if (!tried) return begun_now(std::move(known), doubt);
  Begun begun{.state = State::repeated, .step = std::move(known)};
  begun.by_another = by_another;
  begun.answered = asking_store::answered_question(tx, begun.step.task_id, begun.step.path);
  return begun;
}

Result<Begun> begin_known(store::Tx& tx, Held& held, const Ready& ready, const Doubt& doubt) {
  auto& task = held.task;
  if (task.phase == Phase::cancelling) return Begun{.state = Begun::State::cancelled};
  if (auto known = task_store::step_at(tx, task.id, ready.step.path)) {
    return again(tx, ready, *std::move(known), doubt);
  }
  if (ready.start.needs_approval && !is_approved(tx, ready)) return Begun{.state = Begun::State::unapproved};
  if (task.steps >= kMaxSteps) return Error(Errc::limit_exceeded, "The task has too many steps.");
  if (task.bytes + ready.args_bytes > kMaxTaskBytes) {
    return Error(Errc::limit_exceeded, "The task holds more than 32 MiB.");
  }
  held.more_bytes += ready.args_bytes;
  if (task_store::usage(tx, task.tenant_id, task.owner_id).bytes + held.more_bytes > kMaxPersonBytes) {
    return Error(Errc::limit_exceeded, "Your tasks hold too much. The oldest go by themselves in time.");
  }
  auto step = ready.step;
  step.number = ++task.steps;
  task.bytes += ready.args_bytes;
  held.changed_ms = std::max(held.changed_ms, step.started_ms);
  if (doubt.since > 0) step.started_ms = doubt.since;
  if (!doubt.marker.empty()) step.marker = doubt.marker;
  task_store::insert_step(tx, step);
  return begun_now(std::move(step), doubt);
}

/// Of a fork: what the task that it comes from, or one between them, may have done of this step in the lost time. Where
/// one of them has the step's end, what a fork of it did since is looked for, and nobody knows its mark.
Doubt doubt_of_fork(store::Connection& c, const TaskRecord& task, const std::string& path) {
  constexpr int kMostForks = 50;
  auto parent = task.parent_task;
  for (int i = 0; i < kMostForks && !parent.empty(); ++i) {
    const auto from = task_store::find_in_tenant(c, task.tenant_id, parent);
    if (!from) break;
    const auto step = task_store::step_at(c, from->id, path);
    if (step && step->ended_ms > 0) return {.since = step->ended_ms, .lost_time = true};
    if (from->id != task.origin) {
      parent = from->parent_task;
      continue;
    }
    const bool same = ordered_text(from->spec.inputs) == ordered_text(task.spec.inputs);
    return {.since = std::max<base::UnixMs>(from->created_ms, 1),
            .lost_time = true,
            .marker = same ? marker_of(from->id, path) : std::string()};
  }
  return {.since = std::max<base::UnixMs>(task.created_ms, 1), .lost_time = true};
}

/// That of a task from an earlier life of the database may have been done since the task was made.
Doubt doubt_of(store::Connection& c, const TaskRecord& task, const Ready& ready, std::int64_t life) {
  const auto& start = ready.start;
  if (start.doubt_ms > 0) return {.since = start.doubt_ms};
  if (task.life >= life) return {};
  if (!task.origin.empty()) return doubt_of_fork(c, task, ready.step.path);
  return {.since = std::max<base::UnixMs>(start.since_ms > 0 ? start.since_ms : task.created_ms, 1), .lost_time = true};
}

/// A write counts.
Result<Begun> begin(store::Tx& tx, Held& held, const Ready& ready) {
  const auto& task = held.task;
  if (!ready.start.writes) return begin_known(tx, held, ready, {});
  TRY(auto begun, begin_known(tx, held, ready, doubt_of(tx, task, ready, life_store::now(tx).life)));
  if (begun.state == Begun::State::fresh || begun.state == Begun::State::repeated) {
    begun.write_number = life_store::next(tx, task.worker).number;
  }
  return begun;
}

/// Of a claim that begins such a step. What may have been done in a lost time is known by the whole of the task.
Result<Held> held_for(store::Tx& tx, const Claim& claim, bool writes) {
  auto task = writes ? task_store::find_claimed(tx, claim) : task_store::find_held(tx, claim);
  if (!task) return lost_claim();
  return Held{.task = *std::move(task)};
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

Result<EndingPtr> Tasks::ending(const Claim& claim, std::int64_t number, StepEnd end) const {
  const auto redactor = uses_.secrets.redactor(claim.tenant_id);
  auto records = std::move(end.records);
  TRY(auto made, ending_of(*redactor, claim, number, std::move(end), uses_.clock.unix_ms()));
  TRY(made.records, uses_.journal.prepared(claim.tenant_id, std::move(records), claim.task_id, number));
  return std::make_shared<const Ending>(std::move(made));
}

Result<Unit> Tasks::put(store::Tx& tx, Held& held, const EndingPtr& before) const {
  if (before == nullptr) return Unit{};
  uses_.journal.append(tx, actor_of(held.task), before->records);
  TRY([[maybe_unused]] const bool has_room, tasks::put(tx, held, *before));
  return Unit{};
}

Task<Begun> Tasks::begin_step(Claim claim, StepStart start, EndingPtr before) {
  const auto redactor = uses_.secrets.redactor(claim.tenant_id);
  CO_TRY(const auto step, ready(*redactor, claim, std::move(start), uses_.clock.unix_ms()));
  auto write = [&](store::Tx& tx) -> Result<Begun> {
    TRY(auto held, held_for(tx, claim, step.start.writes));
    TRY(put(tx, held, before));
    TRY(auto begun, begin(tx, held, step));
    TRY(keep(tx, held));
    begun.room = kMaxTaskBytes - held.task.bytes;
    return begun;
  };
  CO_TRY(auto begun, co_await uses_.db.write(write));
  if (before && !before->records.empty()) uses_.journal.ring();
  co_return begun;
}

Task<StepRecord> Tasks::finish_step(Claim claim, std::int64_t number, StepEnd end) {
  CO_TRY(auto made, ending(claim, number, std::move(end)));
  co_return co_await finish_step(std::move(claim), std::move(made));
}

Task<StepRecord> Tasks::finish_step(Claim claim, EndingPtr ending) {
  struct Ended {
    Result<StepRecord> step;
  };
  // What was called is kept where the outcome is refused, too: so a refusal is no failure of the write.
  auto write = [&](store::Tx& tx) -> Result<Ended> {
    auto task = task_store::find_held(tx, claim);
    const auto whose = task ? task : task_store::find_in_tenant(tx, claim.tenant_id, claim.task_id);
    if (whose) uses_.journal.append(tx, actor_of(*whose), ending->records);
    if (!task) return Ended{lost_claim()};
    auto step = task_store::step_by_number(tx, claim.task_id, ending->number);
    if (!step) return Ended{Error(Errc::not_found, "Step not found")};
    Held held{.task = *std::move(task)};
    const auto has_room = tasks::put(tx, held, *ending);
    if (!has_room) return Ended{std::unexpected(has_room.error())};
    TRY(keep(tx, held));
    return Ended{as_ended(*std::move(step), *ending, *has_room)};
  };
  CO_TRY(auto ended, co_await uses_.db.write(write));
  if (!ending->records.empty()) uses_.journal.ring();
  co_return std::move(ended.step);
}

Task<Unit> Tasks::note_calls(Claim claim, std::int64_t number, Records records) {
  CO_TRY(const auto ready, uses_.journal.prepared(claim.tenant_id, std::move(records), claim.task_id, number));
  if (ready.empty()) co_return Unit{};
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    const auto whose = task_store::find_in_tenant(tx, claim.tenant_id, claim.task_id);
    if (whose) uses_.journal.append(tx, actor_of(*whose), ready);
    return Unit{};
  };
  CO_TRY(co_await uses_.db.write(write));
  uses_.journal.ring();
  co_return Unit{};
}

Task<Begun> Tasks::note_step(Claim claim, StepStart start, StepEnd end, EndingPtr before) {
  if (start.writes || !end.records.empty()) co_return Error(Errc::invalid_param, "The step has effects outside.");
  const auto redactor = uses_.secrets.redactor(claim.tenant_id);
  const auto now = uses_.clock.unix_ms();
  CO_TRY(auto ending, ending_of(*redactor, claim, 0, std::move(end), now));
  CO_TRY(const auto step, ready(*redactor, claim, std::move(start), now));
  auto write = [&](store::Tx& tx) -> Result<Begun> {
    TRY(auto held, held_for(tx, claim, false));
    TRY(put(tx, held, before));
    TRY(auto begun, begin(tx, held, step));
    if (begun.state == Begun::State::fresh || begun.state == Begun::State::repeated) {
      ending.number = begun.step.number;
      TRY(const bool has_room, tasks::put(tx, held, ending));
      begun.step = as_ended(std::move(begun.step), ending, has_room);
      begun.state = Begun::State::ended;
    }
    TRY(keep(tx, held));
    return begun;
  };
  CO_TRY(auto begun, co_await uses_.db.write(write, {.savepoint = true}));
  if (before && !before->records.empty()) uses_.journal.ring();
  co_return begun;
}

Task<Question> Tasks::pause(Claim claim, QuestionDraft draft) {
  const auto redactor = uses_.secrets.redactor(claim.tenant_id);
  const auto now = uses_.clock.unix_ms();
  CO_TRY(const auto question, question_of(*redactor, draft, false, base::random_alphanumeric(kIdLength), now));
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
  Approval wanted{.id = base::random_alphanumeric(kIdLength),
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
    JsonObject shown{{"path", redactor->text(call.path)},
                     {"action", redactor->text(call.action)},
                     {"args", redactor->json(call.args)}};
    if (!call.request.empty()) shown["request"] = redactor->text(call.request);
    wanted.calls.push_back(std::move(shown));
    wanted.paths.push_back(storable(call.path));
    wanted.digests.push_back(digest_of(call.action, call.args, call.route));
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

Task<TaskRecord> Tasks::end(Claim claim, Trigger trigger, std::optional<Json> result, std::string reason,
                            EndingPtr before) {
  const auto redactor = uses_.secrets.redactor(claim.tenant_id);
  const auto now = uses_.clock.unix_ms();
  const auto why = cut(redactor->text(reason), kMaxReasonBytes);
  if (result) result = fitting(*redactor, *result, kMaxResultBytes).value;
  auto write = [&](store::Tx& tx) -> Result<TaskRecord> {
    TRY(auto task, claimed(tx, claim));
    if (before) {
      Held held{.task = std::move(task)};
      TRY(put(tx, held, before));
      task = std::move(held.task);
      if (held.more_bytes != 0) task_store::add_usage(tx, task.tenant_id, task.owner_id, {.bytes = held.more_bytes});
    }
    task.result = result;
    task.reason = why;
    TRY(change(tx, task, trigger, now));
    return task;
  };
  CO_TRY(auto task, co_await uses_.db.write(write));
  if (before && !before->records.empty()) uses_.journal.ring();
  co_return task;
}

Task<TaskRecord> Tasks::finish(Claim claim, Json result, EndingPtr before) {
  return end(std::move(claim), Trigger::finish, std::move(result), "", std::move(before));
}
Task<TaskRecord> Tasks::fail(Claim claim, std::string reason) {
  return end(std::move(claim), Trigger::fail, std::nullopt, std::move(reason));
}
Task<TaskRecord> Tasks::stopped(Claim claim) {
  return end(std::move(claim), Trigger::stop, std::nullopt, "Cancelled.");
}

}  // namespace troupe::assistant::tasks
