// Shows in rooms that a bot is writing, from the first answer that is worked on to the last.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "fleet/deps.h"
#include "fleet/roster.h"

namespace troupe::fleet {

/// On the fleet's executor.
class Typing {
 public:
  explicit Typing(Shared& shared) : shared_(shared) {}
  /// Typing is shown while any such token of the bot and room exists; renewed, and ended soon after.
  using Token = std::shared_ptr<bool>;
  Token begin(const LiveBotPtr& bot, const std::string& room_id);

 private:
  using Key = std::pair<BotKey, std::string>;
  asio::awaitable<void> show(LiveBotPtr bot, Key key);
  Shared& shared_;
  std::map<Key, std::weak_ptr<bool>> shown_;  ///< an entry has its task
};

}  // namespace troupe::fleet
