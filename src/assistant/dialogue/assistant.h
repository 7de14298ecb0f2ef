// What every surface asks of the assistant (HTTP, rooms, Slack, the command line): one sentence in, one reply out.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "assistant/executor/executor.h"
#include "assistant/tasks/tasks.h"

namespace troupe::assistant::dialogue {

/// What a person says.
struct Utterance {
  std::string conversation_id;  ///< empty or unknown: a new one begins
  std::string text;
  /// The task whose open question it answers. Empty: the conversation's newest task, if that one asks and the words can
  /// be an answer; else it is a new request.
  std::string task_id = {};
  /// The person's day. Not set: UTC's.
  std::optional<std::chrono::year_month_day> today = {};
  std::string person = {};                   ///< Matrix user id, whose right files are read with; empty: none
  std::vector<std::string> files = {};       ///< what was posted with it ("mxc://…")
  std::vector<std::string> file_names = {};  ///< of `files`, in the same order
};

enum class ReplyKind {
  question,  ///< `view.question`, with or without choices
  plan,      ///< nothing has run; execute() does it. `steps` are its calls
  approval,  ///< `view.approval` with the exact calls: approve() or reject()
  running,   ///< the patience ended first; look() again
  result,    ///< it is done: `view.task.result`
  failed,    ///< it ended without: `message` says why (also rejected and cancelled)
  nothing,   ///< there is no task: nothing that the assistant can do is meant
};
inline constexpr std::array<std::string_view, 7> kReplyKinds{"question", "plan",   "approval", "running",
                                                             "result",   "failed", "nothing"};

struct Reply {
  ReplyKind kind = ReplyKind::nothing;
  std::string conversation_id;
  std::string message;                        ///< for the person, Markdown, without secrets; never empty
  std::optional<tasks::TaskView> view = {};   ///< the task, and what it waits for
  std::vector<executor::Preview> steps = {};  ///< of a plan
  matrix::JsonObject explanation = {};        ///< how routing and planning came to it, for the debug view
  bool undoable = false;                      ///< look(): undo() would have something to undo now
};

/// One per program; callable from any thread. `Who` is the caller's: what is another's does not exist (not_found).
/// What a call completes with is durable, and stands in the conversation.
class Assistant {
 public:
  virtual ~Assistant() = default;

  /// A request, or the answer to a question. Plans and never begins to run a plan; an answer to what a running task
  /// asked lets it go on. Errors: not_found (task_id), invalid_param (empty text, an unknown choice), too_large,
  /// limit_exceeded, conflict 400 (the task is past asking), unavailable.
  virtual Task<Reply> chat(tasks::Who who, Utterance utterance, std::chrono::milliseconds patience) = 0;
  /// The person confirmed the plan. Waits for its end or its next question, at most `patience`. Errors as
  /// tasks::Tasks::execute.
  virtual Task<Reply> execute(tasks::Who who, std::string task_id, std::chrono::milliseconds patience) = 0;
  /// Answers the task's open question, the planner's or the executor's. Errors as chat.
  virtual Task<Reply> answer(tasks::Who who, std::string task_id, tasks::Answer answer,
                             std::chrono::milliseconds patience) = 0;
  /// Errors as tasks::Tasks::approve and reject.
  virtual Task<Reply> approve(tasks::Who who, std::string approval_id, std::string digest,
                              std::chrono::milliseconds patience) = 0;
  virtual Task<Reply> reject(tasks::Who who, std::string approval_id, std::string digest, std::string reason) = 0;
  virtual Task<Reply> cancel(tasks::Who who, std::string task_id) = 0;
  /// A plan of its own that has the steps before `from_step` behind it.
  virtual Task<Reply> fork(tasks::Who who, std::string task_id, std::int64_t from_step,
                           std::optional<matrix::JsonObject> inputs) = 0;
  /// A plan of its own that undoes what a task did that has ended, the last write first; it says what cannot be undone.
  /// Like any write it is executed and approved. Errors: as tasks::Tasks::undo; invalid_param (there is nothing that
  /// can be undone; the message says why).
  virtual Task<Reply> undo(tasks::Who who, std::string task_id) = 0;
  /// How it stands now.
  virtual Task<Reply> look(tasks::Who who, std::string task_id) = 0;
  /// A plan that is given as it is, without a sentence (schedules, webhooks, the API). Errors: invalid_param.
  virtual Task<Reply> plan(tasks::Who who, std::string conversation_id, tasks::TaskSpec spec) = 0;
};

}  // namespace troupe::assistant::dialogue
