// The only place where a bot's observed state changes: takes changes from all sides, checks each against the table in
// lifecycle.h, and writes many of them in one commit, each with its line of history. The effect of a change is
// attempted only after it is written.
#pragma once
#include <deque>
#include <vector>

#include "fleet/bots/bot_store.h"
#include "fleet/deps.h"
#include "fleet/life/task_store.h"
#include "fleet/roster.h"
#include "fleet/turns/turn_store.h"

namespace troupe::fleet {

/// One step of a bot through the table, with what is to be written in the same transaction.
struct Change {
  BotEvent event = BotEvent::start;
  Actor actor;
  std::string cause;
  std::optional<DesiredState> desired = std::nullopt;  ///< none: as it is in the database
  std::optional<BackOff> back_off = std::nullopt;      ///< none: as it was
  std::optional<TaskRow> task = std::nullopt;          ///< the bot's task, as it is from now on
  std::optional<std::string> task_end = std::nullopt;  ///< the bot's task has ended, in these words
  bool skip_open_turns = false;
  std::optional<TakeUp> take_up = std::nullopt;  ///< into LiveBot::taken_up
  bool counts_as_restart = false;
};

/// On the fleet's executor.
class Transitions {
 public:
  Transitions(Shared& shared, Roster& roster);

  /// All of the bot's steps in this order in one transaction, or none. Completes when they are durable and the bot's
  /// row in memory has followed. Errors: conflict (refused by the table, or another process holds the fleet), not_found
  /// (the bot is deleted), unavailable.
  Task<Unit> apply(LiveBotPtr bot, std::vector<Change> steps);
  Task<Unit> apply(LiveBotPtr bot, Change step);

  /// For the metric, after bots came or went by other ways.
  void count_states();
  /// Told after each bot's change.
  std::function<void(const LiveBotPtr&)> on_change;

 private:
  struct Pending {
    Pending(LiveBotPtr of, std::vector<Change> wanted, const asio::any_io_executor& executor)
        : bot(std::move(of)), steps(std::move(wanted)), done(executor, asio::steady_timer::time_point::max()) {}
    LiveBotPtr bot;
    std::vector<Change> steps;
    std::optional<Result<Unit>> outcome;
    asio::steady_timer done;
  };
  using PendingPtr = std::shared_ptr<Pending>;
  /// What became of one bot in a written batch.
  struct Written {
    Result<Unit> outcome = Unit{};
    BotState from = BotState::created;
    StateRow row;
    std::vector<BotState> passed;  ///< the state after each step
    std::vector<Turn> taken_up;
    bool restarted = false;
  };
  struct Batch {
    std::vector<Written> bots;
    std::int64_t last_history = 0;
  };
  asio::awaitable<void> flush();
  Result<Batch> write(store::Tx& tx, const std::vector<PendingPtr>& pending, base::UnixMs now) const;
  static Written decide(store::Tx& tx, const Pending& pending, base::UnixMs now);
  void publish(Pending& pending, Written written);

  Shared& shared_;
  Roster& roster_;
  std::deque<PendingPtr> waiting_;
  bool flushing_ = false;
  std::map<BotState, std::int64_t> counts_;
  base::Family<base::Gauge>& bots_by_state_;
};

}  // namespace troupe::fleet
