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
#include "fleet/deps.h"
#include "fleet/roster.h"
#include "fleet/turns/live_message.h"
#include "fleet/turns/turn_asker.h"

namespace troupe::fleet {

/// On the fleet's executor.
class TurnRunner {
 public:
  TurnRunner(Shared& shared, Roster& roster);

  /// Whether a bot may take another message; false: record it as skipped_overload.
  bool has_room(const LiveBot& bot, std::size_t bytes) const;
  /// Takes over a recorded open turn. One turn at a time per bot and session, in the order given.
  void enqueue(Waiting waiting);
  /// The bot runs now: goes on with what waited.
  void resume(const LiveBotPtr& bot);
  /// The bot has stopped: its open turns are recorded as skipped, forget them.
  void forget(LiveBot& bot);
  /// The question was redacted: a turn that still waits for the brain is dropped.
  void cancel(std::string_view room_id, std::string_view event_id);
  /// The fleet stops: nobody waits for brains any more.
  void drop_all();
  /// The thread of the turn that an event answers ("" outside threads), when it is an answer of the bot. Known from the
  /// moment the event is sent, before the turn's end is recorded; the last few thousand are remembered.
  std::optional<std::string> thread_of_answer(std::string_view event_id, BotKey bot) const;

 private:
  void overtake(Session& session);
  asio::awaitable<void> run_session(LiveBotPtr bot, std::string place);
  /// The next turn of a session, with the messages that belong to it.
  asio::awaitable<Waiting> take(LiveBotPtr bot, std::string place);
  asio::awaitable<void> run_turn(LiveBotPtr bot, std::string place, Waiting& waiting);
  /// A turn threw: it has failed, and the bot's task ends with that.
  asio::awaitable<void> break_off(LiveBotPtr bot, const Waiting& waiting, std::string what);
  /// Ends the turns of removed questions. False: none is left.
  asio::awaitable<bool> drop_cancelled(LiveBotPtr bot, Waiting& waiting);
  /// Fills waiting.turn.reply and detail and stores them. False: the turn is over, or goes on at another time.
  asio::awaitable<bool> obtain_reply(LiveBotPtr bot, std::string place, Waiting& waiting,
                                     std::optional<Sending>& guard);
  asio::awaitable<bool> store(LiveBotPtr bot, Waiting& waiting);
  asio::awaitable<void> send_reply(LiveBotPtr bot, Waiting& waiting);
  /// Ends the turn and those joined to it.
  asio::awaitable<void> finish(const Waiting& waiting, TurnState state, std::string detail, std::string answer);
  asio::awaitable<void> close(LiveBotPtr bot, Waiting waiting, std::string text);
  void remember_answer(std::string event_id, const Turn& turn);

  Shared& shared_;
  Roster& roster_;
  TurnAsker asker_;
  base::Family<base::Counter>& turns_total_;
  base::Family<base::Histogram>& turn_seconds_;
  struct Answer {
    BotKey bot;
    std::string thread_root;
  };
  std::unordered_map<std::string, Answer> answers_;
  std::deque<std::string> answers_order_;
};

}  // namespace troupe::fleet
