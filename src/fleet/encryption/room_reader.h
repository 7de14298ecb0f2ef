// Reads what is said in encrypted rooms (Megolm) with the keys that a bot was sent.
#pragma once
#include <map>
#include <string>
#include <tuple>

#include "base/crypto.h"
#include "fleet/encryption/encryption_store.h"
#include "fleet/term/term_store.h"
#include "matrix/feed.h"
#include "olm/group_session.h"

namespace troupe::fleet::encryption {

/// What an encrypted event is to one bot.
struct Opened {
  enum class Kind {
    read,     ///< `event` is what it says
    no_key,   ///< the key may still come
    refused,  ///< nothing will make it readable: `why`
    nothing,  ///< redacted: there is nothing to read
  };
  Kind kind = Kind::nothing;
  matrix::FeedEvent event = {};
  std::string session_id = {};
  std::int64_t index = 0;  ///< of a read one: its place in the session
  bool told = false;       ///< the room has been told that the bot cannot read this session
  std::string why = {};
};

/// The session that an encrypted event was written with; empty: none, or another algorithm.
std::string session_of(const matrix::FeedEvent& event);

/// On the fleet's executor.
class RoomReader {
 public:
  RoomReader(term::TermStore& store, const base::SealingKey& sealing_key) : store_(store), key_(sealing_key) {}
  /// Errors: those of the database.
  Task<Opened> open(BotKey bot, matrix::FeedEvent event);
  /// A better key may have come.
  void forget(BotKey bot, const std::string& room_id, const std::string& session_id);

 private:
  using Key = std::tuple<BotKey, std::string, std::string, std::string>;  ///< bot, room, session, sender
  Task<olm::InboundGroupSession*> find(Key key);

  term::TermStore& store_;
  const base::SealingKey& key_;
  std::map<Key, olm::InboundGroupSession> sessions_;
  /// Which event a message of a session was, of those read since it was last emptied: the rows may be on their way.
  std::map<std::pair<BotKey, Place>, std::string> read_;
};

}  // namespace troupe::fleet::encryption
