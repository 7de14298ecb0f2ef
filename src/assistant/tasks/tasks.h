// The assistant's tasks, durable: what people want done, how far it is, and who goes on with it. Running a task is the
// executor's; here is what may happen to one, and that it survives.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "assistant/tasks/journal.h"
#include "assistant/tasks/types.h"
#include "assistant/tasks/workers.h"

namespace troupe::assistant::tasks {

struct QuestionDraft {
  QuestionKind kind = QuestionKind::choice;
  std::string path = {};  ///< of the step that asks; the planner's is empty
  std::string text;
  std::vector<Choice> choices = {};  ///< at most kMaxChoices, with ids that differ
};

/// A choice's id, or words where the question has no choices.
struct Answer {
  std::string choice_id = {};
  std::string text = {};
  std::string question_id = {};  ///< set: of this question alone, not of one that was asked since
};

struct ApprovalDraft {
  std::vector<PlannedCall> calls;  ///< exactly what will be called, secrets excepted
  Approver may = Approver::asker;
  std::vector<std::string> names = {};
  std::string why = {};
};

struct TaskDraft {
  std::string conversation_id;
  TaskSpec spec;
  std::optional<QuestionDraft> question = {};  ///< the planner's: the task waits for its answer
};

/// What an earlier undoing of a task came to.
struct EarlierUndo {
  JsonObject inputs;
  std::vector<StepRecord> writes;  ///< without arguments and outputs
};

struct UndoDraft {
  std::string service;
  std::string intent;
  /// The inputs, from all earlier ones, the newest first. Called inside the write: pure and short. An error of it is
  /// undo()'s.
  std::function<Result<JsonObject>(std::span<const EarlierUndo>)> inputs;
  std::string conversation_id = {};  ///< empty: that of what is undone
};

/// A task, and what it waits for.
struct TaskView {
  TaskRecord task;
  std::optional<Question> question = {};  ///< that is open
  std::optional<Approval> approval = {};  ///< that is pending
  std::vector<FileRecord> files = {};     ///< that services answered with
};

/// A task that this process goes on with from now on.
struct Taken {
  TaskRecord task;
  Claim claim;
};

struct StepStart {
  std::string path;
  std::int64_t index = 0;
  std::string action = {};
  JsonObject args = {};    ///< as they are called with, secrets excepted; stored without what is known to be secret
  std::string route = {};  ///< PlannedCall::route
  std::string destination = {};  ///< StepRecord::destination
  bool writes = false;
  bool needs_approval = false;
  bool again = false;  ///< tries a step once more that ended in an error
  // Of what undoes a task.
  std::string mark = {};      ///< the step's mark, where it is not one of the task's own
  base::UnixMs since_ms = 0;  ///< the effect may be wanted since then; 0: since the task was made
  base::UnixMs doubt_ms = 0;  ///< another task began the same effect then, and may have done it; 0: none did
};

struct Begun {
  enum class State {
    fresh,     ///< go on: it is running now, and its effect has not been begun before
    repeated,  ///< it was running before, or may have been in a time that was lost (lives.h) or in another task
               ///< (StepStart::doubt_ms, a fork's): a write may have been done, so find out first (probe) or ask
    ended,     ///< `step` has what came of it: do nothing
    changed,   ///< a write was running before, with other arguments or another route: treat `step` as repeated, or ask
    unapproved,  ///< nothing was begun: ask for an approval of exactly this
    cancelled,   ///< nothing was begun: the person wants it to end, so call stopped()
  };
  State state = State::fresh;
  StepRecord step = {};
  std::optional<Question> answered = {};  ///< repeated, changed: what this step asked last, with its answer
  bool lost_time = false;                 ///< repeated, for the first time here: an older database was put back
  bool by_another = false;                ///< the same: another task may have done it
  std::int64_t write_number = 0;          ///< of a write: Lives::note() it before it is sent
  std::int64_t room = 0;                  ///< fresh, repeated: bytes that the task may hold beside what it has
};

/// A file as a service answered with it.
struct FileDraft {
  std::string name;
  std::string type;  ///< media type by its bytes
  std::shared_ptr<const std::string> content;
};

struct StepEnd {
  StepStatus status = StepStatus::done;  ///< done, error or skipped
  std::optional<Json> output = {};
  std::string error = {};
  Records records = {};               ///< what was called and run for it
  std::vector<FileDraft> files = {};  ///< of a step that is done
};

/// What a step came to, ready to be stored: Tasks::ending() makes it.
struct Ending {
  std::int64_t number = 0;  ///< of the step
  StepStatus status = StepStatus::done;
  std::optional<Json> output = {};  ///< without secrets; only its size where it was too large
  std::optional<std::string> output_text = {};
  bool is_cut = false;
  std::string error = {};
  std::vector<FileRecord> files = {};
  std::vector<std::shared_ptr<const std::string>> contents = {};  ///< of the files
  Prepared records = {};
  base::UnixMs at_ms = 0;

  std::int64_t output_bytes() const { return output_text && !is_cut ? std::ssize(*output_text) : 0; }
};
/// The step as it will be; `has_room`: the task has for the output (Begun::room).
StepRecord as_ended(StepRecord step, const Ending& ending, bool has_room = true);
using EndingPtr = std::shared_ptr<const Ending>;
struct Held;

/// Whether this person may say yes or no to it, while it waits.
bool may_decide(const Approval& approval, const Who& who);

/// One per program; callable from any thread. What a task completes with is durable. `Who` must be the caller's: what
/// is another tenant's or another person's is not_found, as if it did not exist. All texts and JSON are stored without
/// secrets, so go on with what is returned, which is the same after a restart.
///
/// Errors of all: unavailable (the database). Refused transitions are a conflict with status 400 (phase.h). Those that
/// take a Claim: conflict (status 409) when its time is over, because the task is another process's, or has ended.
class Tasks {
 public:
  struct Uses {
    store::Database& db;
    bus::Bus& bus;
    const base::Clock& clock;
    identity::Audit& audit;
    Secrets& secrets;
    Workers& workers;
    const Journal& journal;
  };
  explicit Tasks(const Uses& uses) : uses_(uses) {}

  // ---- People ----

  /// A new task of a conversation of the person's, planned or waiting for an answer. Errors: not_found (the
  /// conversation), too_large (inputs, question), limit_exceeded (kMaxTasks, kMaxTasksOfPerson), invalid_param
  /// (choices).
  Task<TaskView> create(Who who, TaskDraft draft);
  Task<TaskView> find(Who who, std::string task_id);
  /// Newest change first; at most 50.
  Task<std::vector<TaskRecord>> page(Who who, Wanted wanted, std::int64_t from, std::int64_t limit);
  /// Those behind number `after`, in the order of beginning; at most 500.
  Task<std::vector<StepRecord>> steps(Who who, std::string task_id, std::int64_t after, std::int64_t limit);
  /// Oldest first; at most 20 from that one on.
  Task<std::vector<Question>> questions(Who who, std::string task_id, std::int64_t from);
  /// The same, at most 5: who approved what, and when.
  Task<std::vector<Approval>> approvals(Who who, std::string task_id, std::int64_t from);
  /// Oldest first, at most 50 behind that one (its time and id).
  Task<std::vector<ApiCall>> calls(Who who, std::string task_id, base::UnixMs after_ms, std::string after_id);
  Task<std::vector<CommandRun>> commands(Who who, std::string task_id, base::UnixMs after_ms, std::string after_id);
  /// One that a service answered with (FileRecord::id). Error: not_found (also of one that was not kept).
  Task<KeptFile> file(Who who, std::string task_id, std::string file_id);
  /// What models were asked for this task's plan and said: those of these records, which belong to no step, in their
  /// order. At most kMaxExchanges are looked for; what went by its age is left out.
  Task<std::vector<ApiCall>> exchanges(Who who, std::string task_id, std::vector<std::string> ids);

  /// Another plan for a task that is planned or whose planner asked; `answer` is to the planner's open question, if
  /// there is one. With `question` the planner asks (again). Errors: invalid_param (an unknown choice), conflict 400
  /// (the executor asked, or the task is past planning), too_large.
  Task<TaskView> plan(Who who, std::string task_id, std::optional<Answer> answer, TaskSpec spec,
                      std::optional<QuestionDraft> question);
  /// The person confirmed the plan: of two at once one runs it, the other is refused. Errors: conflict 400 ("Task is in
  /// done status and cannot be executed"), limit_exceeded (kMaxExecuting), unavailable (this process claims nothing).
  Task<Taken> execute(Who who, std::string task_id);
  /// Answers what the executor asked. Errors: as execute; invalid_param (an unknown choice, no text); conflict 400 also
  /// when it was the planner who asked.
  Task<Taken> resume(Who who, std::string task_id, Answer answer);
  /// At once where nothing runs; else before the next step, and the task is `cancelling` until then.
  Task<TaskRecord> cancel(Who who, std::string task_id);
  /// A new task, planned, that has the steps that ended well before number `from_step` (1…steps + 1) as its own, and
  /// all writes of which nobody knows whether they were done: those begin as `repeated` or `changed`. With other
  /// inputs, if any are given, in the same conversation or in `conversation_id`. The one it came from stays as it is.
  /// Errors: conflict 400 (it is executing), invalid_param (no such step), not_found (the conversation), too_large,
  /// limit_exceeded (also: no room for the files of those steps).
  Task<TaskRecord> fork(Who who, std::string task_id, std::int64_t from_step, std::optional<JsonObject> inputs,
                        std::string conversation_id = {});

  /// A new task, planned, of the calls that undo what one did that has ended: at most one of them runs or has run; one
  /// that ended before its end may be followed by another, for the rest, 50 times. What the earlier ones did is read in
  /// the write that makes it. In the audit. Errors: conflict 400 (it has not ended, it undoes something itself, it is
  /// or was undone), too_large, limit_exceeded, not_found (the conversation).
  Task<TaskRecord> undo(Who who, std::string task_id, UndoDraft draft);
  /// Whether it may be, and what tried to before; from then on the steps of `task_id` stay as they are. Errors: as
  /// undo().
  Task<std::vector<EarlierUndo>> check_undo(Who who, std::string task_id);

  // ---- Approvals ----

  /// What waits for this person, or was asked for by them; at most 20 behind that one, oldest first.
  Task<std::vector<Approval>> pending_approvals(Who who, base::UnixMs after_ms, std::string after_id);
  Task<Approval> find_approval(Who who, std::string approval_id);
  /// `digest` must be the approval's: what was shown is what is approved. Durable with who and when, and in the audit.
  /// Errors: not_found (also for those who may neither decide nor see it), forbidden (the asker, where somebody else
  /// has to), invalid_param (another digest), conflict 400 (decided already), limit_exceeded, unavailable.
  Task<Taken> approve(Who who, std::string approval_id, std::string digest);
  /// The same; the task ends as `rejected`, with `reason`.
  Task<TaskRecord> reject(Who who, std::string approval_id, std::string digest, std::string reason);

  // ---- The executor ----

  /// At most `limit` tasks that were executing in processes that are gone: at the start, and from a job. Call it again
  /// while it yields as many as it may. Error: unavailable (this process claims nothing).
  Task<std::vector<Taken>> take_over(std::int64_t limit);
  /// What this process has, in the order of ids, behind that one: from a job. One that the executor does not run came
  /// to it by a change whose answer was lost (its caller went away, the commit was reported as failed): go on with it.
  /// Error: unavailable.
  Task<std::vector<Taken>> held(std::string after_id, std::int64_t limit);
  /// As it is now: whether it was cancelled, say.
  Task<TaskRecord> current(Claim claim);
  /// For a task that is taken over: what is known of its steps, behind number `after`, at most 500.
  Task<std::vector<StepRecord>> steps_of(Claim claim, std::int64_t after, std::int64_t limit);

  /// What finish_step() makes of it. Errors: limit_exceeded (kMaxCallsAtOnce), invalid_param (status).
  Result<EndingPtr> ending(const Claim& claim, std::int64_t number, StepEnd end) const;

  /// Before the effect: once it says `fresh` it is durable that the effect may have been begun. A workflow is replayed
  /// from its first step; a step is known by its path. `before` is stored by the same write, or nothing is. Errors:
  /// too_large (arguments), limit_exceeded (kMaxSteps, kMaxTaskBytes, kMaxPersonBytes), invalid_param (path or action).
  Task<Begun> begin_step(Claim claim, StepStart start, EndingPtr before = nullptr);
  /// After it. Output that is too large is not refused, since what was done was done: `output_cut` says so. The records
  /// are kept, in the audit too, even where the claim's time is over. Files become durable with the step; one for which
  /// the task or the person has no room is noted without its bytes, and none beyond kMaxFilesOfTask.
  Task<StepRecord> finish_step(Claim claim, std::int64_t number, StepEnd end);
  Task<StepRecord> finish_step(Claim claim, EndingPtr ending);
  /// What was called for a step that goes on running: it asks, or there is much of it. Kept and audited even where the
  /// claim's time is over. Error: limit_exceeded (kMaxCallsAtOnce).
  Task<Unit> note_calls(Claim claim, std::int64_t number, Records records);
  /// A file of an earlier step of the task. Error: not_found.
  Task<KeptFile> file_of(Claim claim, std::string file_id);
  /// Both in one commit, for a step without effects outside (a choice, a value, one that is skipped). One that ended is
  /// returned as it is. `before` as in begin_step(). Error: invalid_param (it writes).
  Task<Begun> note_step(Claim claim, StepStart start, StepEnd end, EndingPtr before = nullptr);

  /// The claim ends, and the task waits for resume(); kind unknown_outcome where a write's outcome is. Errors:
  /// too_large, invalid_param (choices), limit_exceeded (kMaxQuestionsOfTask), conflict 400 (it was cancelled).
  Task<Question> pause(Claim claim, QuestionDraft draft);
  /// The claim ends, and the task waits for approve() or reject(). A step that needs approval begins only when its
  /// path, action, arguments and route are among the calls. Errors: as pause.
  Task<Approval> ask_approval(Claim claim, ApprovalDraft draft);
  /// The claim ends with the task. A result that is too large is replaced by its size. `before` as in begin_step().
  Task<TaskRecord> finish(Claim claim, Json result, EndingPtr before = nullptr);
  Task<TaskRecord> fail(Claim claim, std::string reason);
  /// After cancel(): nothing of it is under way any more.
  Task<TaskRecord> stopped(Claim claim);

  // ---- Jobs ----

  /// Tasks whose standing has not been told in their conversations since `before`, or since a time behind `behind`, the
  /// longest first; at most 50.
  Task<std::vector<TaskView>> untold(base::UnixMs before, base::UnixMs behind);
  /// It could not be told now: not before that time.
  Task<Unit> tell_later(std::string task_id, base::UnixMs since);
  /// Deletes in pieces what is older than so many days; 0: nothing. Tasks that a process has stay.
  Task<Unit> sweep(std::int64_t keep_days, std::int64_t keep_calls_days, base::UnixMs now);

 private:
  Result<Workers::Self> self() const;
  Task<TaskRecord> end(Claim claim, Trigger trigger, std::optional<Json> result, std::string reason,
                       EndingPtr before = nullptr);
  /// Inside a write: `before`, if there is one, with its records.
  Result<Unit> put(store::Tx& tx, Held& held, const EndingPtr& before) const;

  Uses uses_;
};

}  // namespace troupe::assistant::tasks
