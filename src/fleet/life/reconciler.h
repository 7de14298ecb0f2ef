// Brings what is observed of each bot to what is desired. Only bots that something happened to, or whose time has come,
// are looked at (see look()): a tick with ten thousand quiet bots costs nothing.
#pragma once
#include <set>

#include "fleet/life/bot_tasks.h"
#include "fleet/life/bring_up.h"
#include "fleet/life/transitions.h"
#include "fleet/turns/bot_feed.h"
#include "fleet/turns/turn_runner.h"

namespace troupe::fleet {

/// On the fleet's executor.
class Reconciler {
 public:
  Reconciler(Shared& shared, Roster& roster, TurnRunner& runner, Transitions& transitions, Invites& invites,
             BotTasks& tasks, BotFeed& feed);

  /// Takes over what the last program left, before anything else moves: tasks that still run are adopted, the other
  /// bots are started again.
  Task<Unit> recover();
  /// Looks at bots until the fleet stops.
  asio::awaitable<void> run();
  /// Something changed about this bot: look at it soon.
  void look(BotKey id);
  void wake() { bell_.ring(); }
  /// One round: how many bots were looked at. For run(), tests and the benchmark.
  std::size_t tick();

  /// Makes the bot run, and forgets its failures of before. What it was asked while it was stopped it takes up, within
  /// its limits for what came while it was down. Nothing to do when it runs or starts already; when it is
  /// stopping it starts right after.
  /// Errors: invalid_param (its brain kind does not exist here, or its config is wrong), and those of the homeserver:
  /// the bot is `failed` or `backing_off` then, and the detail says why. conflict: it was stopped meanwhile.
  Task<Unit> start(LiveBotPtr bot, Actor actor, std::string cause);
  /// Makes the bot stop: ends its task, which lets a reply on its way come to its end, and records open turns as
  /// skipped_stopped. `wanted` from then on: stopped, deleted, or running (for a restart).
  Task<Unit> stop(LiveBotPtr bot, Actor actor, std::string cause, DesiredState wanted = DesiredState::stopped);
  /// Stops the bot, leaves its rooms, and removes all of it but its account. A kill in between: the next start goes on.
  Task<Unit> remove(LiveBotPtr bot, Actor actor);

  /// A turn has ended: three bad ones in a row make the bot degraded, a good one mends it.
  void turn_ended(BotKey id, TurnState state, std::string_view detail);

 private:
  Task<Unit> stop_now(LiveBotPtr bot, Actor actor, std::string cause, DesiredState wanted, bool left);
  Task<Unit> take_away(LiveBotPtr bot);
  Task<Unit> begin_again(const std::vector<LiveBotPtr>& bots);
  Task<Unit> recover_task(LiveBotPtr bot, std::optional<TaskRow> task);
  asio::awaitable<void> recover_in_background(LiveBotPtr bot, std::optional<TaskRow> task);
  asio::awaitable<void> end_strays();
  asio::awaitable<void> start_again(LiveBotPtr bot, BotEvent event, std::string cause);
  asio::awaitable<void> stop_again(LiveBotPtr bot);
  asio::awaitable<void> remove_again(LiveBotPtr bot);
  asio::awaitable<void> change_health(LiveBotPtr bot, BotEvent event, std::string cause);
  Task<Unit> begin(LiveBotPtr bot, BotEvent event, Actor actor, std::string cause, bool by_person);
  Task<Unit> bring_up(LiveBotPtr bot);
  Task<Unit> launch(LiveBotPtr bot);
  Task<Unit> could_not_start(LiveBotPtr bot, Error error);
  asio::awaitable<void> record_end(LiveBotPtr bot, TaskEnd end);
  /// The step after a failure that may pass: back-off or crash loop.
  Change try_later(const Bot& bot, std::string what) const;
  void plan(const LiveBotPtr& bot);
  void act(const LiveBotPtr& bot);

  Shared& shared_;
  Roster& roster_;
  TurnRunner& runner_;
  Transitions& transitions_;
  Invites& invites_;
  BotTasks& tasks_;
  BotFeed& feed_;
  Bell bell_;
  std::set<BotKey> due_;  ///< to be looked at in the next round
  /// When a bot is tried again, by the clock that nobody sets. BackOff::next_try_ms is what people are shown of it.
  struct Retry {
    std::int64_t at_ms = 0;     ///< steady
    base::UnixMs shown_ms = 0;  ///< the next_try_ms that it was made from
  };
  std::int64_t steady_ms() const;
  /// Made when a bot's next_try_ms is first seen; at most the longest wait away, whatever the wall clock says.
  const Retry& retry_of(const Bot& bot);
  bool is_due(const Bot& bot) { return retry_of(bot).at_ms <= steady_ms(); }

  std::map<BotKey, Retry> retries_;                    ///< of bots that wait
  std::set<std::pair<std::int64_t, BotKey>> waiting_;  ///< to be tried again, by Retry::at_ms
  base::Family<base::Histogram>& round_seconds_;
  std::size_t recovering_ = 0;
  std::size_t starting_ = 0;  ///< starts under way by the reconciler itself
};

}  // namespace troupe::fleet
