// What a bot says later to a question that it has answered before: that the work which it began is done, or what it
// needs to go on. For modules above whose bots do more than answer.
#pragma once
#include "bus/bus.h"
#include "fleet/triggers/outbox_store.h"
#include "fleet/types/reply.h"

namespace troupe::fleet::triggers {

struct LateWords {
  std::string bot_user_id;
  std::string room_id;
  std::string thread_root = {};  ///< empty: not in a thread
  std::string about;             ///< event id of the question: the message replies to it
  std::string key;               ///< the same decision again is the same message; Question::about of answers to it
  Reply reply;                   ///< text, choices and notes; files are not sent
  std::string language = "en";
};

/// One per program; callable from any thread. What is said reaches the room once, whatever is killed when, and as soon
/// as the bot runs. Replies and reactions to it are asked of the bot's brain with Question::about.
class Voice {
 public:
  explicit Voice(bus::Bus& bus) : bus_(bus) {}
  /// Inside the transaction of the decision, `now` from before it; ring() after its commit. Errors: not_found (no such
  /// bot), limit_exceeded (too many of its messages wait).
  Result<Unit> say(store::Tx& tx, const LateWords& words, base::UnixMs now) const;
  void ring() const;
  /// Whether the bot is to run: what it would begin of its own accord waits otherwise. Error: not_found (no such bot).
  static Result<bool> runs(store::Connection& c, std::string_view bot_user_id);

 private:
  bus::Bus& bus_;
};

}  // namespace troupe::fleet::triggers
