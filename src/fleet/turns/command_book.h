// Tells rooms which commands their bots have (MSC4391): when a bot comes into a room, and when its commands have
// changed. A room where a bot may set no state is asked again when who may do what changes there.
#pragma once
#include <map>
#include <set>
#include <string>

#include "fleet/term/limits.h"
#include "fleet/term/roster.h"
#include "fleet/term/term_store.h"
#include "matrix/room_actions.h"

namespace troupe::fleet::turns {

/// On the fleet's executor.
class CommandBook {
 public:
  CommandBook(term::Term& term, term::TermStore& store, term::Roster& roster, matrix::RoomActions& rooms,
              const term::Limits& limits)
      : term_(term), store_(store), roster_(roster), rooms_(rooms), limits_(limits) {}

  /// The bot runs: looks at all its rooms, in the background, with a pause after each that is told something. Rooms
  /// that know all of it cost nothing, so a start goes on where the last one ended.
  void tell_rooms_of(const term::LiveBotPtr& bot);
  /// A bot has come into the room.
  void tell_room(const std::string& room_id);
  /// Who may do what there has changed: bots that were refused try again, at most once in a while.
  void try_again(const std::string& room_id);

 private:
  enum class Told { nothing, something, over };  ///< over: not to go on with other rooms
  asio::awaitable<void> tell_all(BotKey id);
  asio::awaitable<bool> look_through(BotKey id);
  asio::awaitable<void> tell_bots(std::string room_id, bool try_again);
  asio::awaitable<void> try_refused(std::string room_id);
  asio::awaitable<Told> tell(term::LiveBotPtr bot, std::string room_id, bool try_again);
  asio::awaitable<Told> forget_refusal(BotKey bot, std::string room_id);
  asio::awaitable<Told> note(BotKey bot, std::string room_id, std::string told);

  term::Term& term_;
  term::TermStore& store_;
  term::Roster& roster_;
  matrix::RoomActions& rooms_;
  const term::Limits& limits_;
  std::map<BotKey, bool> telling_;     ///< whose rooms are being looked at, and whether to look once more
  std::map<std::string, bool> tries_;  ///< rooms that were asked a moment ago, and whether to ask once more
};

}  // namespace troupe::fleet::turns
