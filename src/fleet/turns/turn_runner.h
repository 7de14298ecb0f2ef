// Carries each turn from the question to the answer in the room, so that the room sees exactly one whatever is killed
// when:
//   asked → the brain → replying (the reply is stored) → Homeserver::send with a transaction id made from bot, event
//   and part → answered.
// Killed before `replying`: the brain is asked again with the same idempotency key. Killed after: the stored reply goes
// out again under the same transaction id, and the homeserver answers the first event id.
//
// Turns of one session (a room, or a thread in it) are taken one after the other. Messages of one person that came
// close together while another turn ran are one turn for brains that hold conversations: the first one's row carries
// it, the others' point to it. A `!reset` ends what was asked before it.
#pragma once
#include "fleet/term/roster.h"
#include "fleet/turns/live_message.h"
#include "fleet/turns/turn_asker.h"

namespace troupe::fleet::turns {

/// Told how each turn ended; `detail` of a failed one is "reference: text".
using TurnHandler = std::function<void(BotKey bot, TurnState state, std::string_view detail)>;

/// On the fleet's executor.
class TurnRunner {
 public:
  struct Uses {
    matrix::RoomActions& rooms;
    const base::Clock& clock;
    const term::Limits& limits;
    base::MetricRegistry& metrics;
    bool reads_encrypted = false;  ///< bots take part in encrypted rooms
  };
  TurnRunner(term::Term& term, term::TermStore& store, term::Roster& roster, TurnAsker& asker, const Uses& uses,
             TurnHandler on_turn);

  /// Whether a bot may take another message; false: record it as skipped_overload.
  bool has_room(const term::LiveBot& bot, std::size_t bytes) const;
  /// Takes over a recorded open turn. One turn at a time per bot and session, in the order given.
  void enqueue(term::PendingTurn waiting);
  /// The bot runs now: goes on with what waited.
  void resume(const term::LiveBotPtr& bot);
  /// The bot has stopped: its open turns are recorded as skipped, forget them.
  void forget(term::LiveBot& bot);
  /// The question was redacted: a turn that still waits for the brain is dropped.
  void cancel(std::string_view room_id, std::string_view event_id);
  /// The fleet stops: nobody waits for brains any more.
  void drop_all();
  /// The thread of the turn that an event answers ("" outside threads), when it is an answer of the bot. Known from the
  /// moment the event is sent, before the turn's end is recorded; the last few thousand are remembered.
  std::optional<std::string> thread_of_answer(std::string_view event_id, BotKey bot) const;

 private:
  void overtake(term::Session& session);
  asio::awaitable<void> run_session(term::LiveBotPtr bot, std::string place);
  /// The next turn of a session, with the messages that belong to it.
  asio::awaitable<term::PendingTurn> take(term::LiveBotPtr bot, std::string place);
  asio::awaitable<void> run_turn(term::LiveBotPtr bot, std::string place, term::PendingTurn& waiting);
  /// A turn threw: it has failed, and the bot's task ends with that.
  asio::awaitable<void> break_off(term::LiveBotPtr bot, const term::PendingTurn& waiting, std::string what);
  /// Ends the turns of removed questions. False: none is left.
  asio::awaitable<bool> drop_cancelled(term::LiveBotPtr bot, term::PendingTurn& waiting);
  /// Fills waiting.turn.reply and detail and stores them. False: the turn is over, or goes on at another time.
  asio::awaitable<bool> obtain_reply(term::LiveBotPtr bot, std::string place, term::PendingTurn& waiting,
                                     std::optional<term::Sending>& guard);
  asio::awaitable<bool> store(term::LiveBotPtr bot, term::PendingTurn& waiting);
  asio::awaitable<void> send_reply(term::LiveBotPtr bot, term::PendingTurn& waiting);
  /// Ends the turn and those joined to it.
  asio::awaitable<void> finish(const term::PendingTurn& waiting, TurnState state, std::string detail,
                               std::string answer);
  asio::awaitable<void> close(term::LiveBotPtr bot, term::PendingTurn waiting, std::string text);
  void remember_answer(std::string event_id, const Turn& turn);

  term::Term& term_;
  term::TermStore& store_;
  term::Roster& roster_;
  TurnAsker& asker_;
  Uses uses_;
  TurnHandler on_turn_;
  base::Family<base::Counter>& turns_total_;
  base::Family<base::Histogram>& turn_seconds_;
  struct Answer {
    BotKey bot;
    std::string thread_root;
  };
  std::unordered_map<std::string, Answer> answers_;
  std::deque<std::string> answers_order_;
};

}  // namespace troupe::fleet::turns
