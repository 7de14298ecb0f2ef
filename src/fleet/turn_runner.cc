#include "fleet/turn_runner.h"

#include "base/log.h"
#include "fleet/reply_content.h"
#include "fleet/session_store.h"
#include "fleet/stored_memory.h"
#include "fleet/turn_store.h"

namespace troupe::fleet {
namespace {

constexpr std::chrono::milliseconds kTypingShown{30'000};
constexpr std::chrono::milliseconds kTypingRenewed{20'000};
constexpr base::UnixMs kSameErrorMs = 60'000;
constexpr std::size_t kAnswersRemembered = 8'192;
constexpr std::string_view kUnreadable =
    "I cannot read encrypted messages yet. Please write to me in a room without encryption.";

/// Errors of a send that another try will not cure.
bool is_final(Errc code) {
  return code != Errc::unavailable && code != Errc::timed_out && code != Errc::limit_exceeded && code != Errc::internal;
}

/// For answers that are not streamed.
class NoStream : public ReplyStream {
 public:
  void update(std::string_view) override {}
  bool wanted() const override { return true; }
};

}  // namespace

TurnRunner::TurnRunner(Shared& shared, Roster& roster)
    : shared_(shared),
      roster_(roster),
      turns_total_(shared.deps.metrics.counter("troupe_fleet_turns_total", "Finished turns by outcome.", {"outcome"})),
      turn_seconds_(shared.deps.metrics.histogram("troupe_fleet_turn_seconds",
                                                  "From picking a message up to its recorded answer.", {"brain"})) {}

bool TurnRunner::has_room(const LiveBot& bot, std::size_t bytes) const {
  return bot.queued < shared_.deps.limits.queued_per_bot &&
         bot.queued_bytes + bytes <= shared_.deps.limits.queued_bytes_per_bot;
}

void TurnRunner::enqueue(Waiting waiting) {
  auto bot = roster_.find(waiting.turn.bot);
  if (!bot) return;
  ++bot->queued;
  bot->queued_bytes += waiting.bytes;
  auto room_id = waiting.turn.room_id;
  auto& session = bot->sessions[room_id];
  session.queue.push_back(std::move(waiting));
  if (session.busy) return;
  session.busy = true;
  shared_.tasks.spawn("turns", run_session(bot, std::move(room_id)));
}

void TurnRunner::resume(const LiveBotPtr& bot) {
  for (auto& [room_id, session] : bot->sessions) {
    if (session.busy || session.queue.empty()) continue;
    session.busy = true;
    shared_.tasks.spawn("turns", run_session(bot, room_id));
  }
}

void TurnRunner::forget(LiveBot& bot) {
  for (auto& [room_id, session] : bot.sessions) session.queue.clear();
  bot.queued = 0;
  bot.queued_bytes = 0;
}

void TurnRunner::cancel(std::string_view room_id, std::string_view event_id) {
  auto* room = roster_.room(room_id);
  if (room == nullptr) return;
  for (const auto& row : room->bots) {
    auto bot = roster_.find(row.bot);
    if (!bot) continue;
    auto session = bot->sessions.find(room_id);
    if (session == bot->sessions.end()) continue;
    for (auto& waiting : session->second.queue) {
      if (waiting.turn.event_id == event_id) waiting.cancelled = true;
    }
  }
}

asio::awaitable<void> TurnRunner::run_session(LiveBotPtr bot, std::string room_id) {
  while (!shared_.stopping()) {
    auto& session = bot->sessions[room_id];
    if (session.queue.empty()) break;
    // A bot that is meant to run and does not yet keeps its questions; resume() goes on with them.
    if (bot->row.desired == DesiredState::running && bot->row.observed != BotState::running) break;
    auto waiting = std::move(session.queue.front());
    session.queue.pop_front();
    if (bot->queued > 0) --bot->queued;
    bot->queued_bytes -= std::min(bot->queued_bytes, waiting.bytes);
    co_await run_turn(bot, std::move(waiting));
  }
  auto session = bot->sessions.find(room_id);
  if (session == bot->sessions.end()) co_return;
  session->second.busy = false;
  if (session->second.queue.empty() && session->second.last_error_ms == 0) bot->sessions.erase(session);
}

asio::awaitable<void> TurnRunner::run_turn(LiveBotPtr bot, Waiting waiting) {
  auto began = std::chrono::steady_clock::now();
  std::optional<Sending> guard;
  if (bot->row.desired == DesiredState::stopped) {
    co_await finish(waiting, TurnState::skipped_stopped, "", "");
    co_return;
  }
  if (waiting.turn.state == TurnState::asked) {
    if (waiting.cancelled) {
      co_await finish(waiting, TurnState::cancelled, "the question was removed", "");
      co_return;
    }
    if (shared_.deps.clock.unix_ms() - waiting.question_ms > shared_.deps.limits.catch_up_max_age.count()) {
      co_await finish(waiting, TurnState::skipped_stale, "too old when the bot could answer", "");
      co_return;
    }
    if (!co_await obtain_reply(bot, waiting, guard)) co_return;
  } else {
    guard.emplace(bot);
  }
  co_await send_reply(bot, waiting);
  turn_seconds_.with({bot->row.brain_kind})
      .observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
}

asio::awaitable<bool> TurnRunner::obtain_reply(LiveBotPtr bot, Waiting& waiting, std::optional<Sending>& guard) {
  if (!shared_.passes(Step::before_brain)) co_return false;
  auto key = waiting.turn.event_pos;
  if (waiting.unreadable) {
    waiting.turn.reply = reply_contents({.text = std::string(kUnreadable)}, {.bot_id = bot->row.bot_id,
                                                                             .msgtype = "m.notice",
                                                                             .event_id = waiting.turn.event_id,
                                                                             .thread_root = {},
                                                                             .quote = false,
                                                                             .hops = 1});
  } else if (!co_await ask_brain(bot, waiting)) {
    co_return false;
  }
  if (!shared_.passes(Step::after_brain)) co_return false;
  // Stopped while the brain was thinking: the stop records the turn as skipped.
  if (bot->row.observed != BotState::running) co_return false;
  guard.emplace(bot);
  auto store = [&](store::Tx& tx) -> Result<bool> {
    auto now = shared_.deps.clock.unix_ms();
    if (!store_reply(tx, key, waiting.turn.bot, waiting.turn.reply, waiting.turn.detail, now)) return false;
    auto place = session_place(waiting.turn.room_id, waiting.turn.thread_root);
    for (const auto& member : waiting.remember) {
      store_session_value(tx, waiting.turn.bot, place, member.key(), member.value(), now);
    }
    return true;
  };
  auto stored = co_await shared_.persist(store);
  if (!stored) {
    base::log_error("fleet", "A reply could not be stored.",
                    {{"bot", bot->row.bot_id}, {"reason", stored.error().message() + " " + stored.error().detail()}});
    co_return false;
  }
  if (!*stored) co_return false;
  waiting.turn.state = TurnState::replying;
  co_return shared_.passes(Step::replying);
}

asio::awaitable<bool> TurnRunner::ask_brain(LiveBotPtr bot, Waiting& waiting) {
  auto brain = bot->brain;
  if (!brain) co_return false;
  const auto& turn = waiting.turn;
  shared_.tasks.spawn("read receipt", mark_read(bot, turn.room_id, turn.event_id));
  auto working = std::make_shared<bool>(true);
  if (brain->is_slow()) shared_.tasks.spawn("typing", keep_typing(bot, turn.room_id, working));
  Reader reader{.bot_id = bot->row.bot_id,
                .user_id = bot->row.user_id,
                .display_name = bot->row.display_name,
                .respond = bot->common.respond};
  Question question{.bot_id = bot->row.bot_id,
                    .bot_user_id = bot->row.user_id,
                    .room_id = turn.room_id,
                    .event_id = turn.event_id,
                    .sender = turn.sender,
                    .text = strip_mention(waiting.message.text, reader),
                    .msgtype = waiting.message.msgtype,
                    .thread_root = turn.thread_root,
                    .timestamp_ms = waiting.question_ms,
                    .content = waiting.content,
                    .idempotency_key = idempotency_key(bot->row.user_id, turn.event_id)};
  question.in_group = waiting.in_group;
  question.download = [&homeserver = shared_.deps.homeserver](Attachment attachment, std::size_t max_bytes) {
    return homeserver.download(std::move(attachment.mxc), max_bytes);
  };
  auto place = session_place(turn.room_id, turn.thread_root);
  auto memory = std::make_shared<StoredMemory>(shared_.deps.db, shared_.deps.clock, turn.bot, place);
  auto number = co_await memory->number();
  question.session = bot->row.bot_id + ":" + place;
  if (number.value_or(0) > 0) question.session += "~" + std::to_string(*number);
  question.memory = memory;
  NoStream stream;
  auto reply = co_await brain->answer(std::move(question), stream);
  *working = false;
  Reply said;
  std::string_view msgtype = bot->common.msgtype;
  if (reply) {
    said = *std::move(reply);
    waiting.remember = std::move(said.remember);
    waiting.usage = said.usage;
  } else {
    auto reference = base::hex(base::as_bytes(base::random_bytes(4)));
    base::log_warning("fleet", "A brain failed.",
                      {{"bot", bot->row.bot_id},
                       {"room_id", turn.room_id},
                       {"event_id", turn.event_id},
                       {"reference", reference},
                       {"reason", reply.error().message()},
                       {"detail", reply.error().detail()}});
    waiting.turn.detail = reference + ": " + reply.error().message();
    auto& session = bot->sessions[turn.room_id];
    auto now = shared_.deps.clock.unix_ms();
    if (now - session.last_error_ms < kSameErrorMs) {
      co_await finish(waiting, TurnState::failed, waiting.turn.detail, "");
      co_return false;
    }
    session.last_error_ms = now;
    said.text = reply.error().code() == Errc::timed_out
                    ? "My brain took too long to answer (reference " + reference + ")."
                    : "I cannot answer this right now (reference " + reference + ").";
    msgtype = "m.notice";
  }
  waiting.turn.reply = reply_contents(said, {.bot_id = bot->row.bot_id,
                                             .msgtype = msgtype,
                                             .event_id = turn.event_id,
                                             .thread_root = turn.thread_root,
                                             .quote = waiting.in_group,
                                             .hops = waiting.message.hops + 1});
  co_return true;
}

asio::awaitable<void> TurnRunner::send_reply(LiveBotPtr bot, Waiting& waiting) {
  std::string first_answer;
  for (std::size_t part = 0; part < waiting.turn.reply.size(); ++part) {
    if (!shared_.passes(Step::before_send)) co_return;
    matrix::NewEvent event{.room_id = waiting.turn.room_id,
                           .sender = bot->row.user_id,
                           .type = "m.room.message",
                           .content = waiting.turn.reply[part].as_object(),
                           .txn_id = transaction_id(bot->row.user_id, waiting.turn.event_id, part)};
    auto pause = shared_.deps.limits.first_retry;
    while (true) {
      auto sent = co_await shared_.deps.homeserver.send(event);
      if (sent) {
        if (first_answer.empty()) first_answer = sent->event_id;
        break;
      }
      if (is_final(sent.error().code())) {
        co_await finish(waiting, TurnState::failed, "the room refused the answer: " + sent.error().message(), "");
        co_return;
      }
      base::log_warning("fleet", "An answer could not be sent; trying again.",
                        {{"bot", bot->row.bot_id}, {"reason", sent.error().message()}});
      if (!co_await shared_.naps.sleep(pause)) co_return;
      // A person's stop waits for what is being sent, but not without end: it then records the turn as skipped.
      if (bot->row.observed != BotState::running && bot->row.observed != BotState::stopping) co_return;
      pause = std::min<std::chrono::milliseconds>(pause * 2, std::chrono::seconds(10));
    }
    if (!shared_.passes(Step::after_send)) co_return;
  }
  if (!first_answer.empty()) remember_answer(first_answer, bot->row.id);
  auto state = waiting.turn.detail.empty() ? TurnState::answered : TurnState::failed;
  co_await finish(waiting, state, waiting.turn.detail, first_answer);
  (void)shared_.passes(Step::answered);
}

asio::awaitable<void> TurnRunner::finish(Waiting& waiting, TurnState state, std::string detail, std::string answer) {
  auto record = [&](store::Tx& tx) -> Result<bool> {
    return finish_turn(tx, waiting.turn.event_pos, waiting.turn.bot, state, detail, answer,
                       shared_.deps.clock.unix_ms());
  };
  auto recorded = co_await shared_.persist(record);
  if (!recorded) {
    if (shared_.stopping()) co_return;  // open in the database: the next start goes on with it
    base::log_error("fleet", "The outcome of a turn could not be recorded.",
                    {{"reason", recorded.error().message() + " " + recorded.error().detail()}});
    co_return;
  }
  if (!*recorded) co_return;
  turns_total_.with({std::string(to_string(state))}).add();
  if (shared_.on_turn) shared_.on_turn(waiting.turn.bot, state, detail);
}

asio::awaitable<void> TurnRunner::keep_typing(LiveBotPtr bot, std::string room_id, std::shared_ptr<bool> working) {
  // Short naps, so that typing ends soon after the answer; the homeserver hears of it every twenty seconds.
  constexpr std::chrono::milliseconds kLook{250};
  auto since = kTypingRenewed;
  bool shown = false;
  while (*working && !shared_.stopping()) {
    if (since >= kTypingRenewed) {
      since = std::chrono::milliseconds(0);
      auto told = co_await shared_.deps.homeserver.set_typing(room_id, bot->row.user_id, true, kTypingShown);
      if (!told) base::log_debug("fleet", "Typing could not be shown.", {{"reason", told.error().message()}});
      shown = told.has_value();
      shared_.deps.bus.publish(kTypingChannel, room_id + " 1");
    }
    if (!*working || !co_await shared_.naps.sleep(kLook)) break;
    since += kLook;
  }
  if (!shown) co_return;
  auto told =
      co_await shared_.deps.homeserver.set_typing(room_id, bot->row.user_id, false, std::chrono::milliseconds(0));
  if (!told) base::log_debug("fleet", "Typing could not be ended.", {{"reason", told.error().message()}});
  shared_.deps.bus.publish(kTypingChannel, room_id + " 0");
}

asio::awaitable<void> TurnRunner::mark_read(LiveBotPtr bot, std::string room_id, std::string event_id) {
  auto marked = co_await shared_.deps.homeserver.mark_read(room_id, bot->row.user_id, event_id);
  if (!marked) base::log_debug("fleet", "A read receipt could not be set.", {{"reason", marked.error().message()}});
}

bool TurnRunner::is_answer_of(std::string_view event_id, BotKey bot) const {
  auto found = answers_.find(std::string(event_id));
  return found != answers_.end() && found->second == bot;
}

void TurnRunner::remember_answer(std::string event_id, BotKey bot) {
  if (!answers_.emplace(event_id, bot).second) return;
  answers_order_.push_back(std::move(event_id));
  if (answers_order_.size() <= kAnswersRemembered) return;
  answers_.erase(answers_order_.front());
  answers_order_.pop_front();
}

}  // namespace troupe::fleet
