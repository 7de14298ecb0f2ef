// What the assistant does with what somebody says in a room or in Slack: a request, or the answer to what was put
// before them.
#pragma once
#include <functional>

#include "assistant/surfaces/watch_store.h"
#include "assistant/surfaces/words.h"
#include "assistant/tasks/conversations.h"
#include "bus/bus.h"

namespace troupe::assistant::surfaces {

/// One thing that somebody said.
struct Heard {
  tasks::Who who;
  Session session;
  std::string person;            ///< as the surface names them
  std::string text;              ///< or the emoji
  bool reaction = false;         ///< an emoji under a message
  std::string about = {};        ///< which message it replies or reacts to, by what that is known by; empty: none
  std::string message;           ///< what the message that answers it will be known by
  std::string key;               ///< the same whenever the same message is heard again
  tasks::JsonObject place;       ///< where later words go
  std::string matrix_user = {};  ///< whose right files are read with; empty: none
  std::vector<std::string> files = {};
  std::vector<std::string> file_names = {};
};

/// What the surface keeps of one person's conversation. `begun` is kept before a request is planned: whoever hears the
/// same message again finds what came of it.
struct Thread {
  std::string conversation;
  std::string begun_key = {};
  std::int64_t begun_after = 0;  ///< the number of the conversation's newest message then
};
tasks::JsonObject to_json(const Thread& thread);
Thread thread_from(const tasks::JsonObject& json);

struct TalkRules {
  std::vector<std::string> services = {};  ///< no others are used; empty: all
  bool auto_run_reads = false;             ///< plans that change nothing run at once
  std::chrono::milliseconds patience{60'000};
};

/// What the surface brings for the time of one message.
struct Attending {
  std::function<bool()> wanted;                 ///< whether somebody still waits
  std::function<void(std::string_view)> doing;  ///< what is going on; may be empty
  std::function<Task<Unit>(Thread)> keep;       ///< durable when it completes
};

/// What is said back. Neither: nothing.
struct Said {
  std::optional<dialogue::Reply> reply = {};
  std::string words = {};  ///< a sentence of the surface's own, before the reply
};

/// One per program; callable from any thread, one message of a session at a time.
///
/// What it puts before people, and everything that is still under way, is watched (watcher.h): what becomes of it
/// later, or is answered elsewhere, is told in the session.
class Talk {
 public:
  struct Uses {
    dialogue::Assistant& assistant;
    tasks::Tasks& tasks;
    tasks::Conversations& conversations;
    store::Database& db;
    bus::Bus& bus;
    const base::Clock& clock;
  };
  explicit Talk(const Uses& uses) : uses_(uses) {}

  /// Nothing that a person may get wrong is an Error: those are sentences. Errors: unavailable, internal.
  Task<Said> hear(Heard heard, Thread& thread, TalkRules rules, Attending attending) const;
  /// The same for what nobody can have meant as an answer: a request of a schedule's.
  Task<Said> say(Heard heard, Thread& thread, TalkRules rules, Attending attending) const;
  /// What stands open for this person in the session. Nothing: nothing does.
  Task<std::optional<dialogue::Reply>> open(tasks::Who who, Session session, std::string person) const;
  /// The newest tasks of a conversation of theirs; none where there is no such conversation.
  Task<std::vector<tasks::TaskRecord>> tasks_in(tasks::Who who, std::string conversation, std::int64_t limit) const;

 private:
  struct Turn;
  Task<std::optional<Watch>> target(const Turn& turn) const;
  Task<Said> request(Turn& turn) const;
  Task<Said> answer(Turn& turn, Watch watch) const;
  Task<Said> choose(Turn& turn, Watch watch) const;
  /// Until the turn's end nobody else tells of it.
  Task<Unit> hold(const Turn& turn, const Watch& watch) const;
  Task<dialogue::Reply> act(Turn& turn, const Watch& watch, Task<dialogue::Reply> action) const;
  Task<std::optional<dialogue::Reply>> again(Turn& turn) const;
  Task<Said> told(Turn& turn, Result<dialogue::Reply> reply) const;
  Task<dialogue::Reply> follow(Turn& turn, dialogue::Reply reply) const;
  Task<Unit> watch(const Turn& turn, const dialogue::Reply& reply) const;

  Uses uses_;
};

}  // namespace troupe::assistant::surfaces
