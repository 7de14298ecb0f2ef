// The one reader of the homeserver's feed for all bots: finds out which events concern which bot, and records a turn
// for each message that one of them is to answer.
//
// Two positions, both recoverable from the database alone:
//   decided   stored with the turn rows, in their transaction: every message up to here has its row, or needs none.
//   reading   after a start it goes back to the lowest turn still `asked` (its question is needed again); what lies
//             between it and `decided` is only looked at for those turns. A thousand bots cost one reader.
#pragma once
#include <set>

#include "fleet/deps.h"
#include "fleet/roster.h"
#include "fleet/turns/turn_runner.h"

namespace troupe::fleet {

/// Told about invites, on the fleet's executor.
using InviteHandler = std::function<void(const LiveBotPtr& bot, std::string room_id, std::string inviter)>;
/// Told that a room with bots may have no people left.
using EmptyRoomHandler = std::function<void(std::string room_id)>;

/// On the fleet's executor.
class BotFeed {
 public:
  BotFeed(Shared& shared, Roster& roster, TurnRunner& runner, InviteHandler on_invite, EmptyRoomHandler on_maybe_empty);

  /// Where to go on, as loaded from the database: `open` are the turns still `asked`. Messages up to `head` were
  /// written while nobody read: of those each bot takes the newest few of a room (Conduct::catch_up_messages).
  void restore(StreamPos decided, std::vector<Turn> open, StreamPos head);
  /// Reads until the fleet stops.
  asio::awaitable<void> run();
  /// Reads the questions of turns that a start made `asked` again, and hands them to the runner.
  void take_up(const LiveBotPtr& bot, std::vector<Turn> turns);
  /// For stop(): ends the wait in run().
  void wake() { bell_.ring(); }

  StreamPos decided() const { return decided_; }
  /// How many positions lie between the feed and the homeserver's head.
  std::int64_t lag() const;
  /// Since when reading fails; nothing when it does not.
  std::optional<std::chrono::steady_clock::time_point> failing_since() const { return failing_since_; }

 private:
  /// What a page of the feed leads to, collected first and written in one transaction.
  struct Findings {
    std::vector<Waiting> turns;  ///< open and skipped ones
    struct Join {
      RoomRow row;
      std::int64_t tenant_id;
    };
    std::vector<Join> joins;
    std::vector<std::pair<std::string, BotKey>> leaves;
    std::vector<std::pair<std::string, BotKey>> told_encrypted;
    struct Invite {
      BotKey bot;
      std::int64_t tenant_id;
      std::string room_id;
      std::string inviter;
    };
    std::vector<Invite> invites;
    std::vector<std::string> maybe_empty;
    bool to_store() const {
      return !turns.empty() || !joins.empty() || !leaves.empty() || !told_encrypted.empty() || !invites.empty();
    }
  };

  Task<bool> step();
  asio::awaitable<void> look_at(matrix::FeedEvent event, Findings& findings);
  void look_again(const matrix::FeedEvent& event);
  /// Ends open turns whose question is no longer in the feed (purged).
  void drop_vanished();
  void membership(const matrix::FeedEvent& event, Findings& findings);
  asio::awaitable<void> message(matrix::FeedEvent event, Findings& findings);
  /// A reaction to an answer in which the bot offered choices is one of them.
  asio::awaitable<void> reaction(matrix::FeedEvent event, Findings& findings);
  /// Whether an event is an answer of the bot, also one from before the program's start.
  asio::awaitable<bool> is_answer(std::string event_id, BotKey bot);
  void unreadable(const matrix::FeedEvent& event, Findings& findings);
  Task<bool> addressed(const LiveBotPtr& bot, const matrix::FeedEvent& event, const Message& message,
                       bool sender_is_bot);
  asio::awaitable<std::int64_t> joined_members(std::string room_id);
  asio::awaitable<void> read_again(LiveBotPtr bot, std::vector<Turn> turns);
  /// A turn whose row is there, with its question as it is now.
  Waiting recall(const LiveBot& bot, const matrix::FeedEvent& event, Turn turn) const;
  Waiting make_waiting(const LiveBot& bot, const matrix::FeedEvent& event, Message message) const;
  /// Whether the bot may give one more answer here now; counts it.
  bool within_budget(LiveBot& bot, const std::string& room_id);
  /// Hands an open turn to the runner, or keeps it back while the feed catches up.
  void hand_over(Waiting waiting);
  asio::awaitable<void> end_catching_up();
  Task<Unit> commit(const Findings& findings, StreamPos cursor);
  void act_on(Findings findings);

  Shared& shared_;
  Roster& roster_;
  TurnRunner& runner_;
  InviteHandler on_invite_;
  EmptyRoomHandler on_maybe_empty_;
  Bell bell_;
  bus::SubscriptionPtr subscription_;
  StreamPos reading_ = 0;
  StreamPos decided_ = 0;
  StreamPos stored_ = 0;                         ///< the last `decided` that was written
  std::map<StreamPos, std::vector<Turn>> open_;  ///< turns whose question is still to be read again
  StreamPos catch_up_until_ = 0;
  std::map<std::pair<BotKey, std::string>, std::deque<Waiting>> held_;  ///< while catching up, by bot and room
  std::vector<Waiting> too_old_;                                        ///< more than a bot takes of a room
  std::optional<std::chrono::steady_clock::time_point> failing_since_;
};

}  // namespace troupe::fleet
