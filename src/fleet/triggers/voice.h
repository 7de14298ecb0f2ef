// What a bot says later to a question that it has answered before: that the work which it began is done, or what it
// needs to go on. For modules above whose bots do more than answer.
#pragma once
#include <optional>

#include "bus/bus.h"
#include "fleet/encryption/encrypted_file.h"
#include "fleet/triggers/outbox_store.h"
#include "fleet/types/reply.h"
#include "matrix/media_repository.h"
#include "matrix/room_actions.h"

namespace troupe::fleet::triggers {

/// Files that were put for words that are said later.
struct LateFiles {
  std::vector<Upload> uploads;
  std::vector<std::string> addresses;  ///< mxc://, of each
  encryption::SealedFiles sealed;
};

struct LateWords {
  std::string bot_user_id;
  std::string room_id;
  std::string thread_root = {};  ///< empty: not in a thread
  std::string about;             ///< event id of the question: the message replies to it
  std::string key;               ///< the same decision again is the same message; Question::about of answers to it
  Reply reply;                   ///< text, choices and notes; files are those that were put before
  LateFiles files = {};
  std::string language = "en";
};

/// One per program; callable from any thread. What is said reaches the room once, whatever is killed when, and as soon
/// as the bot runs. Replies and reactions to it are asked of the bot's brain with Question::about.
class Voice {
 public:
  struct FilePlaces {
    matrix::MediaRepository& media;
    matrix::RoomActions& rooms;
    bool bots_encrypt = false;
  };
  /// Without places for files it puts none.
  explicit Voice(bus::Bus& bus, std::optional<FilePlaces> places = std::nullopt) : bus_(bus), places_(places) {}
  /// Puts a bot's files into the media repository, encrypted where the room is: before the transaction in which they
  /// are said. Those that cannot be put are left out.
  asio::awaitable<LateFiles> put(std::string bot_user_id, std::string room_id, std::vector<Upload> files) const;
  /// Inside the transaction of the decision, `now` from before it; ring() after its commit. Errors: not_found (no such
  /// bot), limit_exceeded (too many of its messages wait).
  Result<Unit> say(store::Tx& tx, const LateWords& words, base::UnixMs now) const;
  void ring() const;
  /// Whether the bot is to run: what it would begin of its own accord waits otherwise. Error: not_found (no such bot).
  static Result<bool> runs(store::Connection& c, std::string_view bot_user_id);

 private:
  bus::Bus& bus_;
  std::optional<FilePlaces> places_;
};

}  // namespace troupe::fleet::triggers
