// The only place where a bot's observed state changes: takes changes from all sides, checks each against the table in
// lifecycle.h, and writes many of them in one commit, each with its line of history. The effect of a change is
// attempted only after it is written.
#pragma once
#include <deque>
#include <vector>

#include "base/metrics.h"
#include "bus/bus.h"
#include "fleet/bots/bot_log.h"
#include "fleet/bots/bot_store.h"
#include "fleet/life/task_store.h"
#include "fleet/term/roster.h"
#include "fleet/term/term_store.h"
#include "fleet/turns/turn_store.h"

namespace troupe::fleet::life {

/// One step of a bot through the table, with what is to be written in the same transaction.
struct Change {
  BotEvent event = BotEvent::start;
  Actor actor;
  std::string cause;
  std::optional<DesiredState> desired = std::nullopt;  ///< none: as it is in the database
  std::optional<BackOff> back_off = std::nullopt;      ///< none: as it was
  term::RetryAt retry_at = std::nullopt;               ///< of a back_off with a next try: into LiveBot::retry_at
  std::optional<TaskRow> task = std::nullopt;          ///< the bot's task, as it is from now on
  std::optional<std::string> task_end = std::nullopt;  ///< the bot's task has ended, in these words
  bool skip_open_turns = false;
  std::optional<turns::TakeUp> take_up = std::nullopt;  ///< into LiveBot::taken_up
  bool counts_as_restart = false;
};

/// On the fleet's executor.
class Transitions {
 public:
  struct Uses {
    bus::Bus& bus;
    const base::Clock& clock;
    base::MetricRegistry& metrics;
  };
  /// `on_change` is told after each bot's change.
  Transitions(term::Term& term, term::TermStore& store, bots::BotLog& log, term::Roster& roster, const Uses& uses,
              std::function<void(const term::LiveBotPtr&)> on_change);

  /// All of the bot's steps in this order in one transaction, or none. Completes when they are durable and the bot's
  /// row in memory has followed. Errors: conflict (refused by the table, or another process holds the fleet), not_found
  /// (the bot is deleted), unavailable.
  Task<Unit> apply(term::LiveBotPtr bot, std::vector<Change> steps);
  Task<Unit> apply(term::LiveBotPtr bot, Change step);

  /// For the metric, after bots came or went by other ways.
  void count_states();

 private:
  struct Pending {
    Pending(term::LiveBotPtr of, std::vector<Change> wanted, const asio::any_io_executor& executor)
        : bot(std::move(of)), steps(std::move(wanted)), done(executor, asio::steady_timer::time_point::max()) {}
    term::LiveBotPtr bot;
    std::vector<Change> steps;
    std::optional<Result<Unit>> outcome;
    asio::steady_timer done;
  };
  using PendingPtr = std::shared_ptr<Pending>;
  /// What became of one bot in a written batch.
  struct Written {
    Result<Unit> outcome = Unit{};
    BotState from = BotState::created;
    bots::StateRow row;
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

  term::Term& term_;
  term::TermStore& store_;
  bots::BotLog& log_;
  term::Roster& roster_;
  Uses uses_;
  std::function<void(const term::LiveBotPtr&)> on_change_;
  std::deque<PendingPtr> waiting_;
  bool flushing_ = false;
  std::map<BotState, std::int64_t> counts_;
  base::Family<base::Gauge>& bots_by_state_;
};

}  // namespace troupe::fleet::life
