// How bots come into rooms and leave them: invites are accepted by the bot's rules, with who invited on record; a room
// without people is left; an encrypted room is told that the bot cannot read it, where bots cannot.
#pragma once
#include <map>

#include "fleet/bots/bot_log.h"
#include "fleet/encryption/encryption.h"
#include "fleet/term/limits.h"
#include "fleet/term/roster.h"
#include "fleet/term/term_store.h"
#include "identity/principals.h"
#include "matrix/accounts.h"
#include "matrix/feed.h"
#include "matrix/room_actions.h"

namespace troupe::fleet::turns {

/// Whether a bot's rules let it follow this person into this room; `inviter` empty: not known. Any thread.
Task<bool> is_welcome(identity::Principals& principals, std::string server_name, std::int64_t tenant_id,
                      Conduct conduct, std::string inviter, std::string room_id);

/// On the fleet's executor.
class Invites {
 public:
  struct Uses {
    matrix::Accounts& accounts;
    matrix::RoomActions& rooms;
    matrix::Feed& feed;
    identity::Principals& principals;
    const term::Limits& limits;
    encryption::Encryption* encryption = nullptr;  ///< nullptr: bots take no part in encrypted rooms
  };
  Invites(term::Term& term, term::TermStore& store, bots::BotLog& log, term::Roster& roster, const Uses& uses);

  /// Decides about an invite and joins in the background. `inviter` empty: the one on record, if any. A bot that is
  /// stopped looks at it when it is started.
  void look_at(term::LiveBotPtr bot, std::string room_id, std::string inviter);
  /// Bots leave a room that has no people left.
  void maybe_empty(std::string room_id);

 private:
  asio::awaitable<void> decide(term::LiveBotPtr bot, std::string room_id, std::string inviter);
  Task<Unit> join(term::LiveBotPtr bot, std::string room_id, std::string inviter);
  Task<Unit> tell_encrypted(term::LiveBotPtr bot, std::string room_id);
  asio::awaitable<void> leave_if_empty(std::string room_id);
  void refuse(const term::LiveBot& bot, const std::string& room_id, const std::string& why);

  term::Term& term_;
  term::TermStore& store_;
  bots::BotLog& log_;
  term::Roster& roster_;
  Uses uses_;
  std::map<std::pair<BotKey, std::string>, std::string> under_way_;  ///< with the inviter, once known
};

}  // namespace troupe::fleet::turns
