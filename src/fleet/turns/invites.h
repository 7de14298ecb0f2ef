// How bots come into rooms and leave them: invites are accepted by the bot's rules, with who invited on record; a room
// without people is left; an encrypted room is told that the bot cannot read it.
#pragma once
#include <map>

#include "fleet/deps.h"
#include "fleet/roster.h"

namespace troupe::fleet {

/// Whether a bot's rules let it follow this person into this room; `inviter` empty: not known. Any thread.
Task<bool> is_welcome(const Deps& deps, std::int64_t tenant_id, Conduct conduct, std::string inviter,
                      std::string room_id);

/// On the fleet's executor.
class Invites {
 public:
  Invites(Shared& shared, Roster& roster);

  /// Decides about an invite and joins in the background. `inviter` empty: the one on record, if any. A bot that is
  /// stopped looks at it when it is started.
  void look_at(LiveBotPtr bot, std::string room_id, std::string inviter);
  /// Bots leave a room that has no people left.
  void maybe_empty(std::string room_id);

 private:
  asio::awaitable<void> decide(LiveBotPtr bot, std::string room_id, std::string inviter);
  Task<Unit> join(LiveBotPtr bot, std::string room_id, std::string inviter);
  Task<Unit> tell_encrypted(LiveBotPtr bot, std::string room_id);
  asio::awaitable<void> leave_if_empty(std::string room_id);
  void refuse(const LiveBot& bot, const std::string& room_id, const std::string& why);

  Shared& shared_;
  Roster& roster_;
  std::map<std::pair<BotKey, std::string>, std::string> under_way_;  ///< with the inviter, once known
};

}  // namespace troupe::fleet
