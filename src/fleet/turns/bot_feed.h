// The one reader of the homeserver's feed for all bots: finds out which events concern which bot, and records a turn
// for each message that one of them is to answer. The loop is host::Consumer's; what an event leads to is Decider's.
//
// A page is read, what it needs to know is asked (the size of rooms, earlier turns: all in one read), then it is
// decided without waiting for anything. A room that the homeserver does not tell about in time is put aside: its
// messages get a row each (fleet_aside) with the cursor that passes them, and so do later ones of that room, until it
// can be asked for; then they are decided in their order, in the transaction that removes their rows. So no room waits
// for another, and none of its messages is lost, doubled or overtaken. (To take such a room for a group would lose what
// is said there to a bot alone.)
//
// After a start it first reads the questions of turns that are still `asked` again: one look at what lies between the
// lowest of them and the cursor, for those turns only. A thousand bots cost one reader.
#pragma once
#include "fleet/term/roster.h"
#include "fleet/turns/aside_store.h"
#include "fleet/turns/decider.h"
#include "host/consumer.h"
#include "matrix/feed.h"

namespace troupe::fleet::turns {

/// Of the feed, see host/cursor_store.h.
inline constexpr std::string_view kFeedCursor = "fleet.feed";

/// On the fleet's executor.
class BotFeed : private host::ConsumerWork {
 public:
  struct Uses {
    bus::Bus& bus;
    matrix::Feed& feed;
    matrix::RoomActions& rooms;
    const base::Clock& clock;
    const term::Limits& limits;
    encryption::Encryption* encryption = nullptr;  ///< nullptr: bots take no part in encrypted rooms
  };
  /// Told what the feed brings besides messages.
  struct Handlers {
    std::function<void(const term::LiveBotPtr& bot, std::string room_id, std::string inviter)> invite;
    std::function<void(std::string room_id)> maybe_empty;           ///< a room with bots may have no people left
    std::function<void(const std::string& room_id)> tell_commands;  ///< a bot has come in
    std::function<void(const std::string& room_id)> try_commands;   ///< bots may do other things there
  };
  BotFeed(term::Term& term, term::TermStore& store, term::Roster& roster, TurnRunner& runner, const Uses& uses,
          Handlers handlers);

  /// What a start finds in the database: turns still `asked`, messages put aside. Messages from the cursor up to `head`
  /// were written while nobody read: of those each bot takes the newest few of a room (Conduct::catch_up_messages); not
  /// of what was put aside, which had been read. The very first start reads on from `head`. Errors: of the database,
  /// conflict.
  Task<Unit> restore(std::vector<Turn> open, Aside aside, StreamPos head);
  /// Reads until the fleet stops.
  asio::awaitable<void> run();
  /// Reads the questions of turns that a start made `asked` again, and hands them to the runner.
  void take_up(const term::LiveBotPtr& bot, std::vector<Turn> turns);
  /// For stop(): ends the wait in run().
  void wake() { consumer_.wake(); }

  /// Every message up to here has its turn row, is put aside, or needs none.
  StreamPos decided() const { return consumer_.cursor(); }
  /// How many positions lie between the feed and the homeserver's head.
  std::int64_t lag() const;
  /// Since when reading fails; nothing when it does not.
  std::optional<std::chrono::steady_clock::time_point> failing_since() const;

 private:
  /// Messages of one room that were put aside and can be decided now.
  struct Back {
    std::string room_id;
    StreamPos upto = 0;  ///< of those put aside, all up to here are in `messages`, or gone
    std::vector<Heard> messages = {};
  };

  Task<host::Look> look(StreamPos after) override;
  Result<Unit> admit(store::Tx& tx) override { return store_.check_holder(tx); }
  Result<Unit> record(store::Tx& tx) override;
  asio::awaitable<void> recorded() override;

  bool passes(host::ConsumerStep step);
  /// Of a few rooms that can be asked for again.
  Task<std::vector<Back>> read_back();
  /// Opens what came encrypted, for the bots that are in its room, those that come in on the page included.
  Task<Unit> open_sealed(std::vector<Heard>& page);
  Task<Unit> open_sealed(Heard& heard, std::vector<BotKey> bots);
  /// What an event says to a bot that has answered, or is to.
  Task<matrix::FeedEvent> opened(matrix::FeedEvent event, BotKey bot);
  /// Of what came encrypted so much is looked at again at a time.
  static constexpr std::size_t kLookedUpAtOnce = 50;
  /// A message that came encrypted and is looked at again.
  struct LookedUp {
    encryption::Unread unread;
    std::optional<Heard> heard;  ///< nothing: it is gone, or the bot is
    bool over = false;           ///< it is not waited for any longer
  };
  Task<std::vector<LookedUp>> read_sealed_again();
  void decide_looked_up(const std::vector<LookedUp>& again, const PageFacts& facts);
  /// Has the rooms asked for whose size the messages need; waits a moment for those that are not put aside.
  asio::awaitable<void> ask_sizes(const std::vector<Back>& back, const std::vector<LookedUp>& again,
                                  const std::vector<Heard>& page);
  Task<PageFacts> ask_facts(const std::vector<Back>& back, const std::vector<LookedUp>& again,
                            const std::vector<Heard>& page);
  void decide_back(const std::vector<Back>& back, const PageFacts& facts);
  void decide_page(const std::vector<Heard>& page, const PageFacts& facts);

  /// Ends when every open turn has its question again.
  asio::awaitable<void> read_open_again();
  asio::awaitable<bool> look_again(matrix::FeedEvent event);
  /// Ends open turns up to a position whose question is no longer in the feed (purged).
  void drop_vanished(StreamPos upto);
  asio::awaitable<void> read_again(term::LiveBotPtr bot, std::vector<Turn> turns);
  /// A turn whose row is there, with its question as it is now.
  term::PendingTurn recall(const term::LiveBot& bot, const matrix::FeedEvent& event, Turn turn) const;
  Came came(const matrix::FeedEvent& event) const { return event.pos > catch_up_until_ ? Came::live : Came::late; }

  void act_on(Findings findings);
  /// Hands an open turn to the runner, or keeps it back while the feed catches up.
  void hand_over(term::PendingTurn waiting);
  asio::awaitable<void> end_catching_up();

  term::Term& term_;
  term::TermStore& store_;
  term::Roster& roster_;
  TurnRunner& runner_;
  Uses uses_;
  Handlers handlers_;
  RoomSizes sizes_;
  Decider decider_;
  host::Consumer consumer_;
  Findings findings_;  ///< of the last look
  Aside aside_;
  std::map<StreamPos, std::vector<Turn>> open_;  ///< turns whose question is still to be read again
  std::optional<std::chrono::steady_clock::time_point> open_failing_since_;
  StreamPos read_before_ = 0;  ///< by the last program: no limits for catching up hold
  StreamPos catch_up_until_ = 0;
  std::map<std::pair<BotKey, std::string>, std::deque<term::PendingTurn>>
      held_;                                ///< while catching up, by bot and room
  std::vector<term::PendingTurn> too_old_;  ///< more than a bot takes of a room
};

}  // namespace troupe::fleet::turns
