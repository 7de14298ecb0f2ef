// Brings what is observed of each bot to what is desired: one transition at a time from the table in lifecycle.h, each
// written with cause and actor before its effect is attempted.
#pragma once
#include "fleet/bot_feed.h"
#include "fleet/deps.h"
#include "fleet/roster.h"
#include "fleet/turn_runner.h"

namespace troupe::fleet {

/// On the fleet's executor.
class Reconciler {
 public:
  Reconciler(Shared& shared, Roster& roster, TurnRunner& runner);

  /// Notes which bots the last program left running, before anything else moves.
  Task<Unit> recover();
  /// Looks again and again until the fleet stops; starts what should run, tries failed starts again with back-off.
  asio::awaitable<void> run();
  void wake() { bell_.ring(); }

  /// Makes the bot run. Nothing to do when it runs or starts already; when it is stopping it starts right after.
  /// Errors: invalid_param (its brain kind does not exist here, or its config is wrong), and those of the homeserver:
  /// the bot is `failed` then, and the detail says why. conflict: it was stopped meanwhile.
  Task<Unit> start(LiveBotPtr bot, Actor actor, std::string cause);
  /// Makes the bot stop: waits for a reply that is on its way, records open turns as skipped_stopped.
  Task<Unit> stop(LiveBotPtr bot, Actor actor, std::string cause);

  /// For BotFeed: joins when the bot should run and the inviter is on this server.
  void invited(const LiveBotPtr& bot, std::string room_id, std::string inviter);
  /// For BotFeed: bots leave a room that has no people left.
  void maybe_empty(std::string room_id);

  /// A brain for the bot's present row.
  Result<std::shared_ptr<Brain>> make_brain(const Bot& row, CommonConfig& common) const;

 private:
  struct Change {
    BotEvent event;
    Actor actor;
    std::string cause;
    std::optional<DesiredState> desired = std::nullopt;
    bool skip_open_turns = false;
    bool counts_as_restart = false;
  };
  Task<Unit> transition(LiveBotPtr bot, Change change);
  Task<Unit> bring_up(LiveBotPtr bot);
  Task<Unit> ensure_account(LiveBotPtr bot);
  Task<Unit> learn_rooms(LiveBotPtr bot);
  asio::awaitable<void> start_again(LiveBotPtr bot, std::string cause);
  asio::awaitable<void> join(LiveBotPtr bot, std::string room_id);
  asio::awaitable<void> leave_if_empty(std::string room_id);
  Task<Unit> tell_encrypted(LiveBotPtr bot, std::string room_id);
  void count_states();

  Shared& shared_;
  Roster& roster_;
  TurnRunner& runner_;
  Bell bell_;
  std::size_t starting_ = 0;  ///< starts under way by the reconciler itself
  base::Family<base::Gauge>& bots_by_state_;
};

}  // namespace troupe::fleet
