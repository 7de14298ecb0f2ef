// The fleet at work: everything that one process at a time does for all bots, from taking over what the last one left
// to the end of the term. Where only one process runs (SQLite) its term lasts as long as the program.
#pragma once
#include "fleet/encryption/encryption.h"
#include "fleet/life/brain_launcher.h"
#include "fleet/life/reconciler.h"
#include "fleet/service/deps.h"
#include "fleet/triggers/scheduler.h"
#include "fleet/turns/bot_feed.h"

namespace troupe::fleet::service {

/// The lease under which one process does the fleet's work.
inline constexpr std::string_view kFleetLease = "fleet";

/// One term, owned by shared pointers. On the fleet's executor.
class Fleet : public std::enable_shared_from_this<Fleet> {
 public:
  Fleet(Deps deps, std::unique_ptr<const term::Holding> holding);

  /// Loads what the last holder left and begins. Errors: those of the database, conflict (another process holds it).
  Task<Unit> begin();
  /// Lets what is being sent come to its end (a few seconds), then ends. Open turns go on in the next term. `lost`:
  /// another process holds the fleet now; nothing more is written or sent here, and programs of bots are ended, too,
  /// for the other process starts its own.
  Task<Unit> end(bool lost);

  /// For what is done beside all else, until the end of the term.
  term::Term& term() { return term_; }
  bots::BotLog& log() { return log_; }
  life::Reconciler& reconciler() { return reconciler_; }
  term::LiveBotPtr find(BotKey id) const { return roster_.find(id); }
  /// What was written before the first bot concerns none: where a new bot's fleet begins to read.
  StreamPos decided() const;
  std::int64_t feed_lag() const { return feed_.lag(); }
  std::optional<std::chrono::steady_clock::time_point> feed_failing_since() const { return feed_.failing_since(); }

  /// A bot was made, here or elsewhere.
  void add(const Bot& bot);
  /// People changed the bot's row: a running bot goes on with the new settings at once, a program is started again.
  /// Errors: invalid_param (the brain cannot be made).
  Task<Unit> changed(Bot row, Actor actor);
  Task<Unit> restart(term::LiveBotPtr bot, Actor actor, std::string cause);
  /// As BotService::say.
  Task<matrix::SentEvent> say(matrix::NewEvent event);

 private:
  /// The in-process driver's kind `brain` belongs to this term from now on.
  void run_brains_here();
  asio::awaitable<void> follow_requests();
  Task<Unit> do_requests();
  asio::awaitable<void> do_request(HistoryRow row);
  asio::awaitable<void> prune();

  const Deps deps_;
  const std::unique_ptr<const term::Holding> holding_;
  term::Term term_;
  term::TermStore store_;
  bots::BotLog log_;  ///< what people see of each bot; the program's own log is base/log.h
  term::Roster roster_;
  std::unique_ptr<encryption::Encryption> encryption_;  ///< nullptr: bots take no part in encrypted rooms
  std::unique_ptr<encryption::SealedRooms> sealed_rooms_;
  matrix::RoomActions& rooms_;  ///< as bots act in them
  life::BrainMaker brain_maker_;
  turns::Typing typing_;
  turns::TurnAsker asker_;
  turns::TurnRunner runner_;
  life::Transitions transitions_;
  turns::Invites invites_;
  life::BrainLauncher brain_launcher_;
  const life::LauncherUses launchers_;
  life::BotTasks tasks_;
  turns::BotFeed feed_;
  turns::CommandBook commands_;
  life::BringUp bring_up_;
  life::Reconciler reconciler_;
  triggers::Outbox outbox_;
  triggers::Scheduler scheduler_;
  base::Notify requests_wakeup_;
  bus::SubscriptionPtr requests_;
  std::int64_t requests_seen_ = 0;
};

}  // namespace troupe::fleet::service
