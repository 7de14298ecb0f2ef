#include "assistant/tasks/changes.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <set>

#include "assistant/schema/exact.h"
#include "assistant/tasks/asking_store.h"
#include "assistant/tasks/conversation_store.h"
#include "assistant/tasks/life_store.h"
#include "assistant/tasks/stored_json.h"
#include "assistant/tasks/task_store.h"

namespace troupe::assistant::tasks {

Error no_task() { return Error(Errc::not_found, "Task not found"); }

Error lost_claim() { return Error(Errc::conflict, "The task is not this process's any more."); }

bool may_be_id(std::string_view id) { return !id.empty() && id.size() <= kMaxNameBytes && storable(id) == id; }

Result<Unit> change(store::Tx& tx, TaskRecord& task, Trigger trigger, base::UnixMs now) {
  const task_store::Standing before{.phase = task.phase, .worker = task.worker, .epoch = task.worker_epoch};
  TRY(task.phase, advance(task.id, task.phase, trigger));
  task.updated_ms = std::max(task.updated_ms, now);
  if (!is_claimed(task.phase)) {
    task.worker.clear();
    task.worker_epoch = 0;
  }
  const auto tell = is_claimed(task.phase) ? std::nullopt : std::optional(now);
  if (!task_store::update(tx, task, before, tell)) return lost_claim();
  return Unit{};
}

Result<Taken> change_and_claim(store::Tx& tx, TaskRecord task, const Who& who, Trigger trigger,
                               const Workers::Self& self, base::UnixMs now) {
  const task_store::Standing before{.phase = task.phase};
  TRY(task.phase, advance(task.id, task.phase, trigger));
  if (task_store::count_claimed(tx, task.tenant_id, task.owner_id) >= kMaxExecuting) {
    return Error(Errc::limit_exceeded, "Too many of your tasks run at once. Wait until some have ended.");
  }
  if (who.principal_id == task.owner_id) {
    task.role = std::min(task.role, static_cast<std::int64_t>(who.role));
    task.key_id = who.key_id;
  }
  task.worker = self.holder;
  task.worker_epoch = self.epoch;
  ++task.attempt;
  task.updated_ms = std::max(task.updated_ms, now);
  if (!task_store::update(tx, task, before, std::nullopt)) return lost_claim();
  Claim claim{.task_id = task.id, .tenant_id = task.tenant_id, .worker = self.holder, .epoch = self.epoch};
  return Taken{.task = std::move(task), .claim = std::move(claim)};
}

Result<TaskRecord> claimed(store::Connection& c, const Claim& claim) {
  auto task = task_store::find_claimed(c, claim);
  if (!task) return lost_claim();
  return *std::move(task);
}

Result<Unit> add(store::Tx& tx, TaskRecord& task, const TaskRecord* from) {
  auto conversation = conversation_store::find(tx, task.tenant_id, task.owner_id, task.conversation_id);
  if (!conversation) return Error(Errc::not_found, "Conversation not found");
  if (conversation->tasks >= kMaxTasks) {
    return Error(Errc::limit_exceeded, "The conversation has too many tasks. Begin a new one.");
  }
  if (task_store::usage(tx, task.tenant_id, task.owner_id).tasks >= kMaxTasksOfPerson) {
    return Error(Errc::limit_exceeded, "You have too many tasks. The oldest go by themselves in time.");
  }
  ++conversation->tasks;
  conversation->updated_ms = std::max(conversation->updated_ms, task.created_ms);
  conversation_store::update(tx, *conversation);
  task.life = life_store::now(tx).life;
  if (from != nullptr && from->life < task.life) {
    task.life = from->life;
    if (!is_undo(task)) task.origin = from->origin.empty() ? from->id : from->origin;
  }
  task_store::insert(tx, task);
  task_store::tell(tx, task.id, task.created_ms);
  task_store::add_usage(tx, task.tenant_id, task.owner_id, {.tasks = 1, .bytes = task.bytes + task.file_bytes});
  return Unit{};
}

Trigger trigger_of(QuestionKind kind) {
  switch (kind) {
    case QuestionKind::choice:
      return Trigger::ask_choice;
    case QuestionKind::answer:
      return Trigger::ask_answer;
    case QuestionKind::unknown_outcome:
      return Trigger::lose_outcome;
  }
  return Trigger::ask_answer;
}

Result<Question> question_of(const Redactor& redactor, const QuestionDraft& draft, bool of_planner,
                             std::string asked_id, base::UnixMs now) {
  Question question{.id = std::move(asked_id),
                    .task_id = {},
                    .kind = draft.kind,
                    .of_planner = of_planner,
                    .path = of_planner ? "" : draft.path,
                    .text = redactor.text(draft.text),
                    .choices = {},
                    .answer = {},
                    .answered_by = {},
                    .asked_ms = now};
  if (question.path.size() > kMaxNameBytes || storable(question.path) != question.path) {
    return Error(Errc::invalid_param, "The step's path is no path.");
  }
  std::set<std::string_view> ids;
  for (const auto& choice : draft.choices) {
    const bool may_be = !choice.id.empty() && choice.id.size() <= kMaxNameBytes && well_formed(choice.id) == choice.id;
    if (!may_be || !ids.insert(choice.id).second) {
      return Error(Errc::invalid_param, "The choices' ids must differ, and be short texts.");
    }
    question.choices.push_back(
        {.id = redactor.exact(choice.id), .label = redactor.text(choice.label), .value = redactor.json(choice.value)});
  }
  if (draft.kind == QuestionKind::choice && draft.choices.empty()) {
    return Error(Errc::invalid_param, "There is nothing to choose from.");
  }
  if (of_planner && draft.kind == QuestionKind::unknown_outcome) {
    return Error(Errc::invalid_param, "A plan has no outcome yet.");
  }
  if (draft.choices.size() > kMaxChoices) return Error(Errc::limit_exceeded, "There are too many choices.");
  if (question.text.size() + StoredChoices::write(question.choices).size() > kMaxQuestionBytes) {
    return Error(Errc::too_large, "The question is too long.");
  }
  return question;
}

Result<Question> ask(store::Tx& tx, Question question, const std::string& task_id) {
  question.task_id = task_id;
  const auto last = asking_store::last_question(tx, task_id);
  if (last >= kMaxQuestionsOfTask) return Error(Errc::limit_exceeded, "The task has asked too often.");
  asking_store::insert(tx, question, last + 1);
  return question;
}

namespace {
Error answered_already() { return Error(Errc::conflict, "The question was answered already.").with_status(400); }
}  // namespace

Result<Unit> take_answer(store::Tx& tx, Question& question, const Answer& answer, const std::string& by,
                         base::UnixMs now) {
  if (!answer.question_id.empty() && answer.question_id != question.id) return answered_already();
  if (!question.choices.empty()) {
    const auto chosen = std::ranges::find(question.choices, answer.choice_id, &Choice::id);
    if (chosen == question.choices.end()) return Error(Errc::invalid_param, "There is no such choice.");
    question.answer = JsonObject{{"choice_id", chosen->id}, {"value", chosen->value}};
  } else {
    if (answer.text.empty()) return Error(Errc::invalid_param, "The question wants an answer in words.");
    question.answer = JsonObject{{"text", answer.text}};
  }
  question.answered_by = by;
  question.answered_ms = now;
  if (asking_store::answer(tx, question)) return Unit{};
  return answered_already();
}

std::int64_t bytes_of(const JsonObject& object) {
  return static_cast<std::int64_t>(boost::json::serialize(object).size());
}

std::int64_t bytes_of(const TaskSpec& spec) {
  return bytes_of(spec.inputs) + bytes_of(spec.planning) + bytes_of(spec.tools);
}

Result<TaskSpec> spec_of(const Redactor& redactor, TaskSpec spec) {
  spec.service = redactor.text(spec.service);
  spec.intent = redactor.text(spec.intent);
  spec.inputs = redactor.json(spec.inputs);
  spec.planning = redactor.json(spec.planning);
  if (spec.service.size() > kMaxNameBytes || spec.intent.size() > kMaxNameBytes) {
    return Error(Errc::too_large, "The service's or the intent's name is too long.");
  }
  if (schema::has_lost_digits(spec.inputs)) {
    return Error(Errc::invalid_param,
                 "A number of the inputs is beyond 64 bits and has lost digits: write it as a text.");
  }
  if (bytes_of(spec.inputs) > static_cast<std::int64_t>(kMaxInputsBytes)) {
    return Error(Errc::too_large, "The inputs take more than 64 KiB.");
  }
  if (bytes_of(spec.planning) + bytes_of(spec.tools) > static_cast<std::int64_t>(kMaxPlanningBytes)) {
    return Error(Errc::too_large, "What planning keeps takes more than 128 KiB.");
  }
  return spec;
}

void note_decision(identity::Audit& audit, store::Tx& tx, const Who& who, std::string_view action,
                   const Approval& approval, base::UnixMs now) {
  identity::AuditRecord record;
  record.tenant_id = approval.tenant_id;
  record.actor_id = who.principal_id;
  record.actor = who.label;
  record.action = action;
  record.target = approval.task_id;
  record.detail["approval"] = approval.id;
  record.detail["digest"] = approval.digest;
  record.detail["asker"] = approval.asker;
  audit.append(tx, std::move(record), now);
}

}  // namespace troupe::assistant::tasks
