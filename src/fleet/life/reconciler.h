// Brings what is observed of each bot to what is desired. Only bots that something happened to, or whose time has come,
// are looked at (see look()): a tick with ten thousand quiet bots costs nothing.
#pragma once
#include <set>

#include "fleet/life/bot_tasks.h"
#include "fleet/life/bring_up.h"
#include "fleet/life/transitions.h"
#include "fleet/turns/bot_feed.h"
#include "fleet/turns/turn_runner.h"

namespace troupe::fleet::life {

/// On the fleet's executor.
class Reconciler {
 public:
  /// What it moves.
  struct Parts {
    turns::TurnRunner& runner;
    Transitions& transitions;
    BotTasks& tasks;
    turns::BotFeed& feed;
    BringUp& bring_up;
  };
  struct Uses {
    matrix::Accounts& accounts;
    matrix::RoomActions& rooms;
    bus::Bus& bus;
    const base::Clock& clock;
    const term::Limits& limits;
  };
  Reconciler(term::Term& term, term::TermStore& store, bots::BotLog& log, term::Roster& roster, const Parts& parts,
             const Uses& uses, base::MetricRegistry& metrics);

  /// Takes over what the last program left, before anything else moves: tasks that still run are adopted, the other
  /// bots are started again.
  Task<Unit> recover();
  /// Looks at bots until the fleet stops.
  asio::awaitable<void> run();
  /// Something changed about this bot: look at it soon.
  void look(BotKey id);
  void wake() { wakeup_.notify(); }
  /// One round: how many bots were looked at. For run(), tests and the benchmark.
  std::size_t tick();

  /// Makes the bot run, and forgets its failures of before. What it was asked while it was stopped it takes up, within
  /// its limits for what came while it was down. Nothing to do when it runs or starts already; when it is
  /// stopping it starts right after.
  /// Errors: invalid_param (its brain kind does not exist here, or its config is wrong), and those of the homeserver:
  /// the bot is `failed` or `backing_off` then, and the detail says why. conflict: it was stopped meanwhile.
  Task<Unit> start(term::LiveBotPtr bot, Actor actor, std::string cause);
  /// Makes the bot stop: ends its task, which lets a reply on its way come to its end, and records open turns as
  /// skipped_stopped. `wanted` from then on: stopped, deleted, or running (for a restart).
  Task<Unit> stop(term::LiveBotPtr bot, Actor actor, std::string cause, DesiredState wanted = DesiredState::stopped);
  /// Stops the bot, leaves its rooms, and removes all of it but its account. A kill in between: the next start goes on.
  Task<Unit> remove(term::LiveBotPtr bot, Actor actor);

  /// The bot's state has changed.
  void changed(const term::LiveBotPtr& bot);
  /// A task that was watched has ended by itself.
  void task_ended(term::LiveBotPtr bot, TaskEnd end);
  /// A turn has ended: three bad ones in a row make the bot degraded, a good one mends it.
  void turn_ended(BotKey id, TurnState state, std::string_view detail);

 private:
  Task<Unit> stop_now(term::LiveBotPtr bot, Actor actor, std::string cause, DesiredState wanted, bool left);
  Task<Unit> take_away(term::LiveBotPtr bot);
  Task<Unit> begin_again(const std::vector<term::LiveBotPtr>& bots);
  Task<Unit> recover_task(term::LiveBotPtr bot, std::optional<TaskRow> task);
  asio::awaitable<void> recover_in_background(term::LiveBotPtr bot, std::optional<TaskRow> task);
  asio::awaitable<void> end_strays();
  asio::awaitable<void> start_again(term::LiveBotPtr bot, BotEvent event, std::string cause);
  asio::awaitable<void> stop_again(term::LiveBotPtr bot);
  asio::awaitable<void> remove_again(term::LiveBotPtr bot);
  asio::awaitable<void> change_health(term::LiveBotPtr bot, BotEvent event, std::string cause);
  Task<Unit> begin(term::LiveBotPtr bot, BotEvent event, Actor actor, std::string cause, bool by_person);
  Task<Unit> bring_up(term::LiveBotPtr bot);
  Task<Unit> launch(term::LiveBotPtr bot);
  Task<Unit> could_not_start(term::LiveBotPtr bot, Error error);
  asio::awaitable<void> record_end(term::LiveBotPtr bot, TaskEnd end);
  /// The step after a failure that may pass: back-off or crash loop.
  Change try_later(const Bot& bot, std::string what) const;
  void plan(const term::LiveBotPtr& bot);
  void act(const term::LiveBotPtr& bot);

  term::Term& term_;
  term::TermStore& store_;
  bots::BotLog& log_;
  term::Roster& roster_;
  Parts parts_;
  Uses uses_;
  base::Notify wakeup_;
  std::set<BotKey> due_;  ///< to be looked at in the next round
  /// LiveBot::retry_at. Of a try that an earlier program decided on it is made when the bot is first seen: at most the
  /// longest wait away, whatever the wall clock says.
  std::chrono::steady_clock::time_point retry_at(term::LiveBot& bot) const;

  /// To be tried again then. May hold what is no longer so: a look at a bot that does not wait changes nothing.
  std::set<std::pair<std::chrono::steady_clock::time_point, BotKey>> waiting_;
  base::Family<base::Histogram>& round_seconds_;
  std::size_t recovering_ = 0;
  std::size_t starting_ = 0;  ///< starts under way by the reconciler itself
};

}  // namespace troupe::fleet::life
