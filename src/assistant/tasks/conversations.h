// What people and the assistant said to each other.
#pragma once
#include <string>
#include <vector>

#include "assistant/tasks/secrets.h"
#include "assistant/tasks/types.h"
#include "base/task.h"
#include "store/also_write.h"
#include "store/database.h"

namespace troupe::assistant::tasks {

/// How a task stands, and since when: what is said of that is said once.
struct Standing {
  explicit Standing(const TaskRecord& task)
      : task_id(task.id), phase(task.phase), attempt(task.attempt), updated_ms(task.updated_ms) {}
  std::string task_id;
  Phase phase;
  std::int64_t attempt;
  base::UnixMs updated_ms;
};

/// One per program; callable from any thread. A conversation belongs to one person; for others, and for other tenants,
/// it does not exist (not_found). Everything is stored without secrets, and durable when a task completes.
class Conversations {
 public:
  struct Uses {
    store::Database& db;
    const base::Clock& clock;
    Secrets& secrets;
  };
  explicit Conversations(const Uses& uses) : uses_(uses) {}

  /// The person's conversation of this id; a new one when there is none or `id` is empty, with `title` (the seed's: the
  /// first 100 characters of the first message). Errors: limit_exceeded (kMaxConversations), unavailable.
  Task<Conversation> open(Who who, std::string id, std::string title);
  Task<Conversation> find(Who who, std::string id);
  /// Gives it another title, of which the first 100 characters are kept. Errors: not_found, invalid_param (nothing to
  /// see in it).
  Task<Conversation> rename(Who who, std::string id, std::string title);
  /// Deletes it with all that was said, and what planning keeps of the words in its tasks; the tasks stay. Interrupted
  /// it is there still, with a part of its messages: remove it again. What is said meanwhile goes too. Error:
  /// not_found.
  Task<Unit> remove(Who who, std::string id);
  /// Writes what has to be there before the first piece goes. Error: not_found.
  Task<Unit> note_removal(Who who, std::string id, store::AlsoWrite note);
  /// Appends. `task_id`: what it led to, or empty. Errors: not_found, too_large (kMaxMessageBytes), limit_exceeded
  /// (kMaxMessages: a new conversation is needed), unavailable.
  Task<Message> say(Who who, std::string conversation_id, Role role, std::string content, std::string task_id = {});
  /// The same of how a task stands: whoever comes first says it, this request or the job that looks for what was not
  /// told (Tasks::untold); a standing that is over is not said any more. `again`: it is said in any case. Nothing: it
  /// was not said, or the conversation is full or gone.
  Task<std::optional<Message>> tell(Who who, std::string conversation_id, std::string content, Standing standing,
                                    bool again = false);
  /// Newest change first; at most 100.
  Task<std::vector<Conversation>> page(Who who, std::int64_t from, std::int64_t limit);
  /// Those behind number `after`, oldest first; at most 200. Error: not_found.
  Task<std::vector<Message>> messages(Who who, std::string conversation_id, std::int64_t after, std::int64_t limit);

 private:
  Uses uses_;
};

}  // namespace troupe::assistant::tasks
