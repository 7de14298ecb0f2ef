// Carries each turn from the question to the answer in the room, so that the room sees exactly one whatever is killed
// when:
//   asked → the brain → replying (the reply is stored) → Homeserver::send with a transaction id made from bot, event
//   and part → answered.
// Killed before `replying`: the brain is asked again with the same idempotency key. Killed after: the stored reply goes
// out again under the same transaction id, and the homeserver answers the first event id.
#pragma once
#include "fleet/deps.h"
#include "fleet/roster.h"

namespace troupe::fleet {

/// While one exists, a reply of the bot is being stored or sent, and a stop waits.
class Sending {
 public:
  explicit Sending(LiveBotPtr bot) : bot_(std::move(bot)) { ++bot_->sending; }
  ~Sending() { --bot_->sending; }
  Sending(const Sending&) = delete;
  Sending& operator=(const Sending&) = delete;

 private:
  LiveBotPtr bot_;
};

/// On the fleet's executor.
class TurnRunner {
 public:
  TurnRunner(Shared& shared, Roster& roster);

  /// Whether a bot may take another message; false: record it as skipped_overload.
  bool has_room(const LiveBot& bot, std::size_t bytes) const;
  /// Takes over a recorded open turn. One turn at a time per bot and room, in the order given.
  void enqueue(Waiting waiting);
  /// The bot runs now: goes on with what waited.
  void resume(const LiveBotPtr& bot);
  /// The bot has stopped: its open turns are recorded as skipped, forget them.
  void forget(LiveBot& bot);
  /// The question was redacted: a turn that still waits for the brain is dropped.
  void cancel(std::string_view room_id, std::string_view event_id);
  /// Whether an event is an answer of the bot; remembers the last few thousand.
  bool is_answer_of(std::string_view event_id, BotKey bot) const;

 private:
  asio::awaitable<void> run_session(LiveBotPtr bot, std::string room_id);
  asio::awaitable<void> run_turn(LiveBotPtr bot, Waiting waiting);
  /// Fills waiting.turn.reply and detail and stores them. False: the turn is over.
  asio::awaitable<bool> obtain_reply(LiveBotPtr bot, Waiting& waiting, std::optional<Sending>& guard);
  asio::awaitable<bool> ask_brain(LiveBotPtr bot, Waiting& waiting);
  asio::awaitable<void> send_reply(LiveBotPtr bot, Waiting& waiting);
  asio::awaitable<void> finish(Waiting& waiting, TurnState state, std::string detail, std::string answer);
  asio::awaitable<void> keep_typing(LiveBotPtr bot, std::string room_id, std::shared_ptr<bool> working);
  asio::awaitable<void> mark_read(LiveBotPtr bot, std::string room_id, std::string event_id);
  void remember_answer(std::string event_id, BotKey bot);

  Shared& shared_;
  Roster& roster_;
  base::Family<base::Counter>& turns_total_;
  base::Family<base::Histogram>& turn_seconds_;
  std::unordered_map<std::string, BotKey> answers_;
  std::deque<std::string> answers_order_;
};

}  // namespace troupe::fleet
