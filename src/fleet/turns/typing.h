// Shows in rooms that a bot is writing, from the first answer that is worked on to the last.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "bus/bus.h"
#include "fleet/term/roster.h"
#include "fleet/term/term.h"
#include "matrix/room_actions.h"

namespace troupe::fleet::turns {

/// On the fleet's executor.
class Typing {
 public:
  Typing(term::Term& term, matrix::RoomActions& rooms, bus::Bus& bus) : term_(term), rooms_(rooms), bus_(bus) {}
  /// Typing is shown while any such token of the bot and room exists; renewed, and ended soon after.
  using Token = std::shared_ptr<bool>;
  Token begin(const term::LiveBotPtr& bot, const std::string& room_id);

 private:
  using Key = std::pair<BotKey, std::string>;
  asio::awaitable<void> show(term::LiveBotPtr bot, Key key);
  term::Term& term_;
  matrix::RoomActions& rooms_;
  bus::Bus& bus_;
  std::map<Key, std::weak_ptr<bool>> shown_;  ///< an entry has its task
};

}  // namespace troupe::fleet::turns
