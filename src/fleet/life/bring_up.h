// What a bot needs before it can run: an account, and the rooms it is in; and a look at the service behind it.
#pragma once
#include "base/crypto.h"
#include "bus/bus.h"
#include "fleet/turns/command_book.h"
#include "fleet/turns/invites.h"

namespace troupe::fleet::life {

/// Rings for live views: the bot's trouble_of has come, changed or gone.
void tell_trouble(bus::Bus& bus, const Bot& bot);

/// On the fleet's executor.
class BringUp {
 public:
  struct Uses {
    matrix::Accounts& accounts;
    matrix::RoomActions& rooms;
    identity::Principals& principals;
    const base::SealingKey& sealing_key;
    bus::Bus& bus;
  };
  BringUp(term::Term& term, term::TermStore& store, bots::BotLog& log, term::Roster& roster, turns::Invites& invites,
          turns::CommandBook& commands, const Uses& uses);

  /// Makes the account when a kill left the bot without one. Errors: forbidden (closed or locked), those of the
  /// homeserver.
  Task<Unit> ensure_account(term::LiveBotPtr bot);
  /// Takes over the rooms that the homeserver knows the bot in, and looks at its open invites.
  Task<Unit> learn_rooms(term::LiveBotPtr bot);
  /// Lets the brain of a bot that runs look at the service behind it, beside all else, and again while something
  /// hinders; what it finds goes into the bot's log and its `check_text`. Its rooms hear which commands it has.
  void look_around(const term::LiveBotPtr& bot);

 private:
  asio::awaitable<void> note_check(term::LiveBotPtr bot, std::string text);
  asio::awaitable<void> keep_looking(term::LiveBotPtr bot, std::shared_ptr<brains::Brain> brain);

  term::Term& term_;
  term::TermStore& store_;
  bots::BotLog& log_;
  term::Roster& roster_;
  turns::Invites& invites_;
  turns::CommandBook& commands_;
  Uses uses_;
};

}  // namespace troupe::fleet::life
