// The assistant as one caller reaches it. Handlers are given this in place of the services: there is no other way to a
// task, an approval or a conversation than as oneself, so that nobody's can be forgotten to be asked for.
#pragma once
#include <string>
#include <vector>

#include "assistant/dialogue/assistant.h"
#include "assistant/dialogue/lessons.h"
#include "assistant/tasks/conversations.h"
#include "assistant/tasks/tasks.h"
#include "net/route/router.h"
#include "store/also_write.h"

namespace troupe::assistant::routes {

/// As the audit names them; an administrator of the caller's tenant, and of no other.
tasks::Who who_of(const net::route::Caller& caller);

/// What one caller may do; what each function does, and its errors, are those of dialogue::Assistant, tasks::Tasks and
/// tasks::Conversations. Made for one request or one stream; the tasks it hands out may outlive it.
class OwnAssistant {
 public:
  using Patience = std::chrono::milliseconds;
  struct Uses {
    dialogue::Assistant& assistant;
    tasks::Tasks& tasks;
    tasks::Conversations& conversations;
    dialogue::Lessons& lessons;
  };
  OwnAssistant(const Uses& uses, tasks::Who who) : uses_(uses), who_(std::move(who)) {}

  bool is_own(std::int64_t principal_id) const { return principal_id == who_.principal_id; }
  bool may_decide(const tasks::Approval& approval) const { return tasks::may_decide(approval, who_); }

  Task<dialogue::Reply> chat(dialogue::Utterance said, Patience patience) const {
    return uses_.assistant.chat(who_, std::move(said), patience);
  }
  Task<dialogue::Reply> plan(std::string conversation_id, tasks::TaskSpec spec) const {
    return uses_.assistant.plan(who_, std::move(conversation_id), std::move(spec));
  }
  Task<dialogue::Reply> look(std::string task_id) const { return uses_.assistant.look(who_, std::move(task_id)); }
  Task<dialogue::Reply> execute(std::string task_id, Patience patience) const {
    return uses_.assistant.execute(who_, std::move(task_id), patience);
  }
  Task<dialogue::Reply> answer(std::string task_id, tasks::Answer answer, Patience patience) const {
    return uses_.assistant.answer(who_, std::move(task_id), std::move(answer), patience);
  }
  Task<dialogue::Reply> cancel(std::string task_id) const { return uses_.assistant.cancel(who_, std::move(task_id)); }
  Task<dialogue::Reply> fork(std::string task_id, std::int64_t from_step,
                             std::optional<matrix::JsonObject> inputs) const {
    return uses_.assistant.fork(who_, std::move(task_id), from_step, std::move(inputs));
  }
  Task<dialogue::Reply> undo(std::string task_id) const { return uses_.assistant.undo(who_, std::move(task_id)); }
  Task<dialogue::Reply> approve(std::string approval_id, std::string digest, Patience patience) const {
    return uses_.assistant.approve(who_, std::move(approval_id), std::move(digest), patience);
  }
  Task<dialogue::Reply> reject(std::string approval_id, std::string digest, std::string reason) const {
    return uses_.assistant.reject(who_, std::move(approval_id), std::move(digest), std::move(reason));
  }

  Task<std::vector<tasks::TaskRecord>> page(tasks::Wanted wanted, std::int64_t from, std::int64_t limit) const {
    return uses_.tasks.page(who_, std::move(wanted), from, limit);
  }
  Task<tasks::TaskView> find(std::string task_id) const { return uses_.tasks.find(who_, std::move(task_id)); }
  Task<std::vector<tasks::StepRecord>> steps(std::string task_id, std::int64_t after, std::int64_t limit) const {
    return uses_.tasks.steps(who_, std::move(task_id), after, limit);
  }
  Task<std::vector<tasks::Question>> questions(std::string task_id, std::int64_t from) const {
    return uses_.tasks.questions(who_, std::move(task_id), from);
  }
  Task<std::vector<tasks::Approval>> approvals(std::string task_id, std::int64_t from) const {
    return uses_.tasks.approvals(who_, std::move(task_id), from);
  }
  Task<std::vector<tasks::ApiCall>> calls(std::string task_id, base::UnixMs after_ms, std::string after_id) const {
    return uses_.tasks.calls(who_, std::move(task_id), after_ms, std::move(after_id));
  }
  Task<std::vector<tasks::CommandRun>> commands(std::string task_id, base::UnixMs after_ms,
                                                std::string after_id) const {
    return uses_.tasks.commands(who_, std::move(task_id), after_ms, std::move(after_id));
  }
  Task<tasks::KeptFile> file(std::string task_id, std::string file_id) const {
    return uses_.tasks.file(who_, std::move(task_id), std::move(file_id));
  }
  /// What models were shown for its plan and said.
  Task<std::vector<tasks::ApiCall>> exchanges(std::string task_id) const;
  Task<std::vector<tasks::Approval>> pending_approvals(base::UnixMs after_ms, std::string after_id) const {
    return uses_.tasks.pending_approvals(who_, after_ms, std::move(after_id));
  }
  Task<tasks::Approval> find_approval(std::string approval_id) const {
    return uses_.tasks.find_approval(who_, std::move(approval_id));
  }

  Task<tasks::Conversation> conversation(std::string id) const { return uses_.conversations.find(who_, std::move(id)); }
  Task<std::vector<tasks::Conversation>> conversations(std::int64_t from, std::int64_t limit) const {
    return uses_.conversations.page(who_, from, limit);
  }
  Task<std::vector<tasks::Message>> messages(std::string conversation_id, std::int64_t after,
                                             std::int64_t limit) const {
    return uses_.conversations.messages(who_, std::move(conversation_id), after, limit);
  }
  Task<tasks::Conversation> rename(std::string conversation_id, std::string title) const {
    return uses_.conversations.rename(who_, std::move(conversation_id), std::move(title));
  }
  /// With its words, and what was learned of them. Its tasks stay; those that wait for the person are cancelled.
  /// Errors: not_found, conflict (a task of it is running).
  Task<Unit> remove_conversation(std::string conversation_id, store::AlsoWrite also) const;

  bool chose(const dialogue::Lesson& lesson) const { return is_own(lesson.chosen_by); }
  /// Those that the caller may forget, newest first.
  Task<std::vector<dialogue::Lesson>> lessons() const;
  Task<Unit> forget_lesson(std::string id, store::AlsoWrite also) const {
    return uses_.lessons.remove(who_, std::move(id), std::move(also));
  }

 private:
  Uses uses_;
  tasks::Who who_;
};

/// What handlers hold: it opens with a caller only.
class AssistantDoor {
 public:
  explicit AssistantDoor(const OwnAssistant::Uses& uses) : uses_(uses) {}
  OwnAssistant operator()(const net::route::Caller& caller) const { return {uses_, who_of(caller)}; }
  OwnAssistant operator()(const net::route::Call& call) const { return (*this)(*call.caller); }

 private:
  OwnAssistant::Uses uses_;
};

}  // namespace troupe::assistant::routes
