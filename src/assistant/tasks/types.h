// What the assistant keeps: conversations, tasks, their steps, what was asked and approved, what was called.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assistant/tasks/phase.h"
#include "base/clock.h"
#include "matrix/json.h"
#include "net/route/scheme.h"

namespace troupe::assistant::tasks {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;

// ---- How much of each. Beyond: too_large for one thing, limit_exceeded for too many. ----

inline constexpr std::size_t kMaxMessageBytes = 64 * 1024;
inline constexpr std::size_t kMaxInputsBytes = 64 * 1024;
inline constexpr std::size_t kMaxPlanningBytes = 128 * 1024;
inline constexpr std::size_t kMaxArgsBytes = 256 * 1024;    ///< of one step
inline constexpr std::size_t kMaxOutputBytes = 1 << 20;     ///< of one step
inline constexpr std::size_t kMaxResultBytes = 256 * 1024;  ///< of a task
inline constexpr std::size_t kMaxCallBytes = 64 * 1024;  ///< each of a call's bodies and a command's outputs: cut there
inline constexpr std::size_t kMaxQuestionBytes = 256 * 1024;
inline constexpr std::size_t kMaxReasonBytes = 4'096;
inline constexpr std::size_t kMaxTitleBytes = 400;
inline constexpr std::size_t kMaxNameBytes = 200;  ///< service, intent, action, path
inline constexpr std::size_t kMaxUrlBytes = 8'192;
inline constexpr std::int64_t kMaxTaskBytes = 32 << 20;  ///< inputs, arguments and outputs of one task together
inline constexpr std::int64_t kMaxSteps = 5'000;         ///< of one task, those in loops too
inline constexpr std::size_t kMaxChoices = 100;
inline constexpr std::size_t kMaxApprovalCalls = 1'000;
inline constexpr std::size_t kMaxApprovalBytes = 1 << 20;
inline constexpr std::size_t kMaxCallsAtOnce = 100;       ///< records that end with one step
inline constexpr std::size_t kMaxExchanges = 20;          ///< with models, that a plan remembers
inline constexpr std::int64_t kMaxConversations = 5'000;  ///< of one person
inline constexpr std::int64_t kMaxMessages = 10'000;      ///< of one conversation
inline constexpr std::int64_t kMaxTasks = 5'000;          ///< of one conversation
inline constexpr std::int64_t kMaxTasksOfPerson = 50'000;
inline constexpr std::int64_t kMaxPersonBytes = std::int64_t{4} << 30;  ///< what all tasks of a person hold
inline constexpr std::int64_t kMaxExecuting = 1'000;                    ///< of one person, at once
inline constexpr std::int64_t kMaxFilesOfTask = 200;  ///< that services answered with; those that are not kept, too
inline constexpr std::int64_t kMaxFileBytesOfTask = 32 << 20;  ///< beside kMaxTaskBytes
inline constexpr std::int64_t kMaxQuestionsOfTask = 200;       ///< those that were answered too; approvals likewise

/// Who asks. What is another tenant's or another person's does not exist for them, but for approvals that they may
/// give.
struct Who {
  std::int64_t tenant_id = 1;
  std::int64_t principal_id = 0;
  std::string label;  ///< as the audit names them
  bool administrator = false;
  /// With what right they ask: a key may have less than its owner, and so have the tasks that it asks for.
  net::route::Role role = net::route::Role::member;
  std::int64_t key_id = 0;  ///< the API key that they ask with; 0: none
};

struct Conversation {
  std::string id;
  std::int64_t tenant_id = 0;
  std::int64_t owner_id = 0;
  std::string title;
  std::int64_t messages = 0;  ///< the number of the newest one
  std::int64_t tasks = 0;     ///< ever made in it
  base::UnixMs created_ms = 0;
  base::UnixMs updated_ms = 0;
};

enum class Role { user, assistant, system };
inline constexpr std::array<std::string_view, 3> kRoles{"user", "assistant", "system"};

struct Message {
  std::string conversation_id;
  std::int64_t number = 0;  ///< 1, 2, … in its conversation
  Role role = Role::user;
  std::string content;
  std::string task_id;  ///< empty: none
  base::UnixMs created_ms = 0;
};

/// What a person wants done (the seed's TaskSpec).
struct TaskSpec {
  std::string service;
  std::string intent;
  JsonObject inputs = {};
  /// A write has inputs that are not the person's own words: its exact calls are shown before they are sent.
  bool borrowed = false;
  /// What planning keeps beside it, for nobody outside: the state of an open question, where the inputs come
  /// from (dialogue/planning_state.h). Never part of what is called. It goes with the conversation.
  JsonObject planning = {};
  JsonObject tools = {};  ///< digests of the tools that it calls, by action (executor/tool_versions.h)
};

struct TaskRecord {
  std::string id;
  std::int64_t tenant_id = 0;
  std::int64_t owner_id = 0;
  std::string owner;      ///< label of the principal
  std::int64_t role = 0;  ///< Who::role, as a number
  std::string conversation_id;
  TaskSpec spec;
  Phase phase = Phase::planned;
  std::string reason = {};  ///< a sentence for the person: why it failed, was rejected or cancelled
  std::optional<Json> result = {};
  std::int64_t attempt = 0;      ///< how often a process took it up
  std::string parent_task = {};  ///< of a fork, and of what undoes a task
  std::int64_t parent_step = 0;  ///< of a fork; 0: it undoes `parent_task`
  std::int64_t steps = 0;        ///< the number of the newest one
  std::int64_t bytes = 0;
  std::int64_t files = 0;       ///< that services answered with
  std::int64_t file_bytes = 0;  ///< of those that are kept; not in `bytes`
  std::string worker = {};      ///< which process has it; empty: none
  std::int64_t worker_epoch = 0;
  std::int64_t key_id = 0;  ///< Who::key_id of whoever began it, or went on with it last
  std::int64_t life = 0;    ///< of the database, in which it was made, or what it comes from (lives.h)
  std::string origin = {};  ///< of a fork from an earlier life: the task whose marks its steps have; empty: its own
  base::UnixMs created_ms = 0;
  base::UnixMs updated_ms = 0;

  Status status() const { return status_of(phase); }
};

/// Whether the task undoes another one.
inline bool is_undo(const TaskRecord& task) { return !task.parent_task.empty() && task.parent_step == 0; }

/// Which of a person's tasks a list has; what is empty or not set is any.
struct Wanted {
  std::string conversation_id = {};
  std::string service = {};
  std::optional<Status> status = {};
};

/// The right of one process to go on with a task, until it hands it back (asks, ends) or is taken for gone. Every write
/// of the executor's names it, and one whose time is over changes nothing.
struct Claim {
  std::string task_id;
  std::int64_t tenant_id = 0;
  std::string worker;
  std::int64_t epoch = 0;
};

struct StepRecord {
  std::string task_id;
  std::int64_t number = 0;  ///< in the order of beginning
  std::int64_t index = 0;   ///< in the workflow (the seed's)
  std::string path;    ///< which one, in loops and parallel parts too: "2", "2/each:17", "3/parallel:1", "4/page:2"
  std::string action;  ///< "slack.send_message"; empty for choose, answer and value
  JsonObject args;     ///< without secrets: for people to read, not to call with
  std::optional<Json> output;
  StepStatus status = StepStatus::pending;
  bool writes = false;           ///< done twice is twice done
  std::string marker;            ///< marker_of(): a text that no other call has, of this step for ever
  std::string digest;            ///< of action, arguments (secrets and all) and route as they were
  std::string destination = {};  ///< where its calls went, and as whom (services::InUse); empty: nobody knows
  std::string error;             ///< a sentence
  std::int64_t tries = 0;        ///< how often it was begun; 0 of one that runs: by the task that this is a fork of
  bool output_cut = false;       ///< there was more than kMaxOutputBytes: `output` says only how much
  base::UnixMs started_ms = 0;   ///< while it runs: of the first time that it was begun
  base::UnixMs ended_ms = 0;

  std::string id() const { return task_id + "." + std::to_string(number); }
};

/// What the end of a step says where a person stopped at a write of which nobody knows whether it was done.
std::string unknown_words(std::string_view action);
/// Whether a write was begun of which nobody knows whether it was done.
bool is_unknown(const StepRecord& step);

/// A file that a service answered with, as it is stored.
struct FileRecord {
  std::string task_id;
  std::int64_t step = 0;   ///< its number
  std::int64_t place = 0;  ///< 1, 2, … among those of the step
  std::string name;
  std::string type;  ///< media type by its bytes
  std::int64_t bytes = 0;
  bool kept = true;  ///< false: there was no room for it

  /// In its task: "3-1".
  std::string id() const { return std::to_string(step) + "-" + std::to_string(place); }
};
struct KeptFile {
  FileRecord file;
  std::string content;
};
/// What FileRecord::id() made; nothing for all else.
std::optional<std::pair<std::int64_t, std::int64_t>> file_place(std::string_view id);

/// What is asked of a person.
struct Choice {
  std::string id;
  std::string label;
  Json value;
};
enum class QuestionKind { choice, answer, unknown_outcome };
inline constexpr std::array<std::string_view, 3> kQuestionKinds{"choice", "answer", "unknown_outcome"};

struct Question {
  std::string id;
  std::string task_id;
  QuestionKind kind = QuestionKind::choice;
  bool of_planner = false;  ///< its answer leads to a plan, not to the next step
  std::string path;         ///< of the step that asks; empty: the planner
  std::string text;
  std::vector<Choice> choices;       ///< in the order of their numbers, 1, 2, …
  std::optional<JsonObject> answer;  ///< {"choice_id", "value"} or {"text"}
  std::string answered_by;
  base::UnixMs asked_ms = 0;
  base::UnixMs answered_ms = 0;
};

/// A call as a person approves it.
struct PlannedCall {
  std::string path;  ///< of its step
  std::string action;
  JsonObject args;
  std::string route = {};    ///< a digest of what besides decides what is sent, and where to; empty: nothing does
  std::string request = {};  ///< the same for people: "POST https://slack.com/api/chat.postMessage", "npx server"
};

/// Who may say yes.
enum class Approver {
  asker,
  administrator,  ///< one of the tenant's, other than the asker
  named,          ///< one of Approval::names, other than the asker
};
inline constexpr std::array<std::string_view, 3> kApprovers{"asker", "administrator", "named"};

enum class ApprovalState { pending, approved, rejected, withdrawn };
inline constexpr std::array<std::string_view, 4> kApprovalStates{"pending", "approved", "rejected", "withdrawn"};

struct Approval {
  std::string id;
  std::string task_id;
  std::int64_t tenant_id = 0;
  std::int64_t asker_id = 0;
  std::string asker;
  std::string digest;                     ///< of the exact calls, in their order
  JsonArray calls;                        ///< {"path", "action", "args", "request"}, without secrets
  std::vector<std::string> paths = {};    ///< of the calls
  std::vector<std::string> digests = {};  ///< of each of them (StepRecord::digest)
  Approver may = Approver::asker;
  std::vector<std::string> names = {};  ///< labels
  std::string why;                      ///< a sentence
  ApprovalState state = ApprovalState::pending;
  std::int64_t decided_by = 0;
  std::string decider;
  base::UnixMs asked_ms = 0;
  base::UnixMs decided_ms = 0;
};

/// One request to a service (the seed's ApiCall). Bodies as text, JSON where they are JSON.
struct ApiCall {
  std::string id = {};  ///< set when it is written
  std::int64_t tenant_id = 0;
  std::string task_id = {};  ///< empty: of no task
  std::int64_t step = 0;     ///< its number; 0: of no step
  std::string service;
  std::string method;
  std::string url;
  std::string request = {};
  std::optional<std::string> response = {};
  std::optional<std::int64_t> status = {};  ///< not set: no answer came
  std::optional<std::int64_t> latency_ms = {};
  std::string error = {};  ///< why none came
  base::UnixMs created_ms = 0;
};

/// One command that was run, or refused (the seed's CommandRun).
struct CommandRun {
  std::string id = {};  ///< set when it is written
  std::int64_t tenant_id = 0;
  std::string task_id = {};
  std::int64_t step = 0;
  std::string command;
  JsonArray args = {};
  std::string cwd = {};
  std::string mode;  ///< SANDBOX or HOST
  std::optional<std::int64_t> exit_code = {};
  std::string out = {};
  std::string err = {};
  std::optional<std::int64_t> duration_ms = {};
  std::string error = {};  ///< why it was refused or did not start
  base::UnixMs created_ms = 0;
};

}  // namespace troupe::assistant::tasks
