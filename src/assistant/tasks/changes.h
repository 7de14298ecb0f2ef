// What happens to a task's row inside a write: shared by the people's side of Tasks and the executor's.
#pragma once
#include "assistant/tasks/tasks.h"

namespace troupe::assistant::tasks {

Error no_task();
Error lost_claim();

/// An id that might be stored: PostgreSQL takes no NUL and no malformed UTF-8.
bool may_be_id(std::string_view id);

/// Follows the table, and stores the row as it is then; a claim ends where nobody executes it any more, and how it
/// stands then is to be told. Error: conflict.
Result<Unit> change(store::Tx& tx, TaskRecord& task, Trigger trigger, base::UnixMs now);
/// The same into the hands of this process. A key that may less than the one that planned it lets it run with no more
/// than its own right, for good; an approver who is somebody else changes nothing of that. Error: limit_exceeded.
Result<Taken> change_and_claim(store::Tx& tx, TaskRecord task, const Who& who, Trigger trigger,
                               const Workers::Self& self, base::UnixMs now);
Result<TaskRecord> claimed(store::Connection& c, const Claim& claim);

/// Without secrets, checked. Errors: too_large, invalid_param.
Result<Question> question_of(const Redactor& redactor, const QuestionDraft& draft, bool of_planner,
                             std::string asked_id, base::UnixMs now);
/// Stores what question_of() made, for this task. Error: limit_exceeded.
Result<Question> ask(store::Tx& tx, Question question, const std::string& task_id);
Trigger trigger_of(QuestionKind kind);
/// Stores a task that is new in this conversation, and counts it. It is of the database's present life, or of that of
/// the task that it comes from: what that may have done in a lost time is what this one would do. Errors: not_found,
/// limit_exceeded.
Result<Unit> add(store::Tx& tx, TaskRecord& task, const TaskRecord* from = nullptr);
/// Stores the answer. Errors: invalid_param (unknown choice), conflict.
Result<Unit> take_answer(store::Tx& tx, Question& question, const Answer& answer, const std::string& by,
                         base::UnixMs now);
/// Without secrets; the size of what is stored. Error: too_large.
Result<TaskSpec> spec_of(const Redactor& redactor, TaskSpec spec);
std::int64_t bytes_of(const JsonObject& object);
std::int64_t bytes_of(const TaskSpec& spec);

/// As a line of the audit of kind action.
void note_decision(identity::Audit& audit, store::Tx& tx, const Who& who, std::string_view action,
                   const Approval& approval, base::UnixMs now);

}  // namespace troupe::assistant::tasks
