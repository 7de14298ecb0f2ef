// Tells rooms which commands their bots have (MSC4391): when a bot comes into a room, and when its commands have
// changed. A room where a bot may set no state is asked again when who may do what changes there.
#pragma once
#include <string>

#include "fleet/term/roster.h"
#include "fleet/term/term_store.h"
#include "matrix/room_actions.h"

namespace troupe::fleet::turns {

/// On the fleet's executor.
class CommandBook {
 public:
  CommandBook(term::Term& term, term::TermStore& store, term::Roster& roster, matrix::RoomActions& rooms)
      : term_(term), store_(store), roster_(roster), rooms_(rooms) {}

  /// The bot runs: looks at all its rooms, in the background. Rooms that know all of it cost nothing.
  void tell_rooms_of(const term::LiveBotPtr& bot);
  /// A bot has come into the room, or who may do what there has changed.
  void tell_room(const std::string& room_id);

 private:
  asio::awaitable<void> tell_all(term::LiveBotPtr bot);
  asio::awaitable<void> tell_bots(std::string room_id);
  /// Yields whether to go on with other rooms.
  asio::awaitable<bool> tell(term::LiveBotPtr bot, std::string room_id, bool try_again);
  asio::awaitable<bool> note(BotKey bot, std::string room_id, std::string told);

  term::Term& term_;
  term::TermStore& store_;
  term::Roster& roster_;
  matrix::RoomActions& rooms_;
};

}  // namespace troupe::fleet::turns
