#include "fleet/turns/turn_runner.h"

#include "base/log.h"
#include "fleet/answers/reply_content.h"
#include "fleet/answers/sentences.h"
#include "fleet/bots/session_store.h"
#include "fleet/turns/kept_record.h"
#include "fleet/turns/turn_store.h"
#include "runtime/in_process_driver.h"

namespace troupe::fleet::turns {
namespace {

constexpr std::size_t kAnswersRemembered = 8'192;
constexpr std::size_t kMaxJoined = 10;
constexpr std::size_t kMaxJoinedBytes = 256 * 1024;
constexpr std::string_view kUnreadable =
    "I cannot read encrypted messages yet. Please write to me in a room without encryption.";
constexpr std::string_view kNoKey =
    "I could not read this message: its key did not reach me. Please send it again; if that does not help, leave the "
    "room and write to me in a new one, or sign in anew.";

/// Errors of a send that another try will not cure.
bool is_final(Errc code) {
  return code != Errc::unavailable && code != Errc::timed_out && code != Errc::limit_exceeded && code != Errc::internal;
}

bool is_plain(const term::PendingTurn& waiting) {
  return waiting.turn.state == TurnState::asked && !waiting.unreadable && !waiting.cancelled;
}

/// Its task has ended by itself, and is started again sooner or later.
bool is_waiting_to_run(const Bot& bot) {
  return bot.desired == DesiredState::running && !is_up(bot.observed) && bot.observed != BotState::stopping &&
         bot.observed != BotState::stopped;
}

/// `!word`: stands alone, whatever comes close to it.
bool is_command(const term::LiveBot& bot, const term::PendingTurn& waiting) {
  auto text = said_to(bot, waiting);
  return text.size() > 1 && text[0] == '!' &&
         ((text[1] >= 'a' && text[1] <= 'z') || (text[1] >= 'A' && text[1] <= 'Z'));
}

/// Files without a caption. What was spoken has its words in it.
bool is_wordless(const term::LiveBot& bot, const term::PendingTurn& waiting) {
  const auto& files = waiting.message.attachments;
  return !files.empty() && said_to(bot, waiting).empty() &&
         std::ranges::none_of(files, [](const Attachment& file) { return file.voice; });
}

/// The part of an answer that is meant by an empty event id in it: an edit and its message, a reaction and its message.
std::string_view relation_of(const boost::json::object& content) {
  const auto* relation = matrix::find_object(content, "m.relates_to");
  if (relation == nullptr || matrix::find_string(*relation, "event_id").value_or("-") != "") return {};
  return matrix::find_string(*relation, "rel_type").value_or("");
}

}  // namespace

TurnRunner::TurnRunner(term::Term& term, term::TermStore& store, term::Roster& roster, TurnAsker& asker,
                       const Uses& uses, TurnHandler on_turn)
    : term_(term),
      store_(store),
      roster_(roster),
      asker_(asker),
      uses_(uses),
      on_turn_(std::move(on_turn)),
      turns_total_(uses.metrics.counter("troupe_fleet_turns_total", "Finished turns by outcome.", {"outcome"})),
      turn_seconds_(uses.metrics.histogram("troupe_fleet_turn_seconds",
                                           "From picking a message up to its recorded answer.", {"brain"})) {}

bool TurnRunner::has_room(const term::LiveBot& bot, std::size_t bytes) const {
  return bot.queued < uses_.limits.queued_per_bot && bot.queued_bytes + bytes <= uses_.limits.queued_bytes_per_bot;
}

void TurnRunner::enqueue(term::PendingTurn waiting) {
  auto bot = roster_.find(waiting.turn.bot);
  if (!bot) return;
  ++bot->queued;
  bot->queued_bytes += waiting.bytes;
  auto place = bots::session_place(waiting.turn.room_id, waiting.turn.thread_root);
  auto& session = bot->sessions[place];
  if (is_plain(waiting) && asks_for_reset(*bot, waiting)) overtake(session);
  // In the order of the stream: what is taken up after a stop may come beside what is new.
  auto later = std::ranges::find_if(
      session.queue, [&](const term::PendingTurn& queued) { return queued.turn.event_pos > waiting.turn.event_pos; });
  session.queue.insert(later, std::move(waiting));
  if (session.busy) return;
  session.busy = true;
  term_.tasks.spawn("turns", run_session(bot, std::move(place)));
}

/// Whoever begins a conversation anew waits for none of its answers.
void TurnRunner::overtake(term::Session& session) {
  for (auto& earlier : session.queue) {
    if (is_plain(earlier)) earlier.cancelled = earlier.overtaken = true;
  }
  session.begun_anew = true;
  session.removed = session.asking;  // looked at while the brain works, not once its answer is on the way
  if (session.call) session.call->drop();
}

void TurnRunner::resume(const term::LiveBotPtr& bot) {
  for (auto& [place, session] : bot->sessions) {
    if (session.busy || session.queue.empty()) continue;
    session.busy = true;
    term_.tasks.spawn("turns", run_session(bot, place));
  }
}

void TurnRunner::forget(term::LiveBot& bot) {
  ++bot.stops;
  bot.taken_up.clear();  // a start that did not come about
  for (auto& [place, session] : bot.sessions) {
    if (session.call) {
      if (auto live = roster_.find(bot.row.id)) session.closing = std::make_shared<term::Sending>(live);
      session.call->drop();
    }
    for (auto& waiting : session.queue) {
      if (!waiting.turn.streamed || waiting.turn.state != TurnState::asked) continue;
      if (auto live = roster_.find(bot.row.id)) {
        auto text = answers::sentence(answers::Sentence::stopped, answers::guess_language(waiting.message.text));
        term_.tasks.spawn("close", close(live, std::move(waiting), std::move(text)));
      }
    }
    session.queue.clear();
  }
  bot.queued = 0;
  bot.queued_bytes = 0;
}

void TurnRunner::drop_all() {
  for (const auto& [id, bot] : roster_.bots()) {
    for (auto& [place, session] : bot->sessions) {
      if (session.call) session.call->drop();
    }
  }
}

void TurnRunner::cancel(std::string_view room_id, std::string_view event_id) {
  auto* room = roster_.room(room_id);
  if (room == nullptr) return;
  for (const auto& row : room->bots) {
    auto bot = roster_.find(row.bot);
    if (!bot) continue;
    for (auto& [place, session] : bot->sessions) {
      if (!place.starts_with(room_id)) continue;
      for (auto& waiting : session.queue) {
        if (waiting.turn.event_id == event_id) waiting.cancelled = true;
      }
      if (std::ranges::find(session.asking, event_id) == session.asking.end()) continue;
      session.removed.emplace_back(event_id);
      if (session.call) session.call->drop();
    }
  }
}

asio::awaitable<void> TurnRunner::run_session(term::LiveBotPtr bot, std::string place) {
  while (!term_.stopping()) {
    auto& session = bot->sessions[place];
    if (session.queue.empty()) break;
    // A bot that is meant to run and does not yet keeps its questions; resume() goes on with them.
    if (bot->row.desired == DesiredState::running && !is_up(bot->row.observed)) break;
    auto waiting = co_await take(bot, place);
    std::optional<std::string> thrown;
    try {
      co_await run_turn(bot, place, waiting);
    } catch (const std::exception& error) {
      thrown = error.what();
    }
    if (thrown) co_await break_off(bot, waiting, *std::move(thrown));
    bot->sessions[place].closing.reset();
  }
  auto session = bot->sessions.find(place);
  if (session == bot->sessions.end()) co_return;
  session->second.busy = false;
  if (session->second.queue.empty()) bot->sessions.erase(session);
}

asio::awaitable<void> TurnRunner::break_off(term::LiveBotPtr bot, const term::PendingTurn& waiting, std::string what) {
  if (waiting.turn.streamed && waiting.turn.state == TurnState::asked) {
    co_await close(bot, waiting,
                   answers::sentence(answers::Sentence::no_answer, answers::guess_language(waiting.message.text)));
  }
  co_await finish(waiting, TurnState::failed, "the answer broke off: " + what, "");
  bot->trouble = "a turn broke off: " + what;
  if (auto task = bot->task.lock()) task->wake();
}

asio::awaitable<term::PendingTurn> TurnRunner::take(term::LiveBotPtr bot, std::string place) {
  auto& session = bot->sessions[place];  // stays: its `busy` is set
  auto next = [&] {
    auto waiting = std::move(session.queue.front());
    waiting.stops = bot->stops;
    session.queue.pop_front();
    if (bot->queued > 0) --bot->queued;
    bot->queued_bytes -= std::min(bot->queued_bytes, waiting.bytes);
    session.asking.push_back(waiting.turn.event_id);
    return waiting;
  };
  session.asking.clear();
  session.removed.clear();
  session.begun_anew = false;
  auto first = next();
  if (!is_plain(first) || !bot->brain || !bot->brain->joins_messages() || is_command(*bot, first)) co_return first;
  first.typing = asker_.show_typing(bot, first.turn.room_id);
  auto within = uses_.limits.join_within.count();
  auto bytes = first.bytes;
  // What a person wrote while the bot was busy is one question. One that finds it idle is asked at once: nobody should
  // wait for words that may come. Only a file without a word about it waits a moment for the words that usually follow.
  bool wordless = is_wordless(*bot, first);
  while (!term_.stopping()) {
    const auto& last = last_of(first);
    if (!session.queue.empty()) {
      auto& candidate = session.queue.front();
      bool fits = is_plain(candidate) && candidate.turn.sender == first.turn.sender &&
                  candidate.question_ms - last.question_ms <= within &&
                  candidate.question_ms - first.question_ms <= 2 * within && first.joined.size() + 1 < kMaxJoined &&
                  bytes + candidate.bytes <= kMaxJoinedBytes && !is_command(*bot, candidate);
      if (!fits) break;
      wordless = wordless && is_wordless(*bot, candidate);
      bytes += candidate.bytes;
      first.joined.push_back(next());
      continue;
    }
    if (!wordless) break;
    const auto now = uses_.clock.steady();
    auto left = std::min(within - term::age_of(last, now).count(), 2 * within - term::age_of(first, now).count());
    if (left <= 0) break;
    constexpr std::int64_t kLookMs = 50;
    if (!co_await term_.stop.sleep(std::chrono::milliseconds(std::min(left, kLookMs)))) break;
  }
  co_return first;
}

asio::awaitable<void> TurnRunner::run_turn(term::LiveBotPtr bot, std::string place, term::PendingTurn& waiting) {
  auto began = std::chrono::steady_clock::now();
  waiting.taken = began;
  std::optional<term::Sending> guard;
  auto language = answers::guess_language(waiting.message.text);
  if (bot->row.desired != DesiredState::running) {
    if (waiting.turn.streamed && waiting.turn.state == TurnState::asked) {
      co_await close(bot, waiting, answers::sentence(answers::Sentence::stopped, language));
    }
    co_await finish(waiting, TurnState::skipped_stopped, "", "");
    co_return;
  }
  if (waiting.turn.state == TurnState::asked) {
    if (!co_await drop_cancelled(bot, waiting)) co_return;
    // A bot's own limit for what came while it was down was applied by the feed.
    auto oldest = std::max<std::chrono::milliseconds>(uses_.limits.catch_up_max_age,
                                                      std::chrono::minutes(bot->common.conduct.catch_up_minutes));
    if (term::age_of(waiting, uses_.clock.steady()) > oldest) {
      if (waiting.turn.streamed)
        co_await close(bot, waiting, answers::sentence(answers::Sentence::no_answer, language));
      co_await finish(waiting, TurnState::skipped_stale, "too old when the bot could answer", "");
      co_return;
    }
    if (!co_await obtain_reply(bot, std::move(place), waiting, guard)) co_return;
  } else {
    guard.emplace(bot);
  }
  co_await send_reply(bot, waiting);
  turn_seconds_.with({bot->row.brain_kind})
      .observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
}

asio::awaitable<bool> TurnRunner::drop_cancelled(term::LiveBotPtr bot, term::PendingTurn& waiting) {
  std::vector<term::PendingTurn> all = std::move(waiting.joined);
  waiting.joined.clear();
  all.insert(all.begin(), std::move(waiting));
  std::vector<term::PendingTurn> left;
  for (auto& one : all) {
    if (!one.cancelled) {
      left.push_back(std::move(one));
      continue;
    }
    if (one.turn.streamed) {
      auto why = one.overtaken ? answers::Sentence::stopped : answers::Sentence::question_gone;
      co_await close(bot, one, answers::sentence(why, answers::guess_language(one.message.text)));
    }
    co_await finish(one, TurnState::cancelled,
                    one.overtaken ? "the conversation was begun anew" : "the question was removed", "");
  }
  if (left.empty()) co_return false;
  waiting = std::move(left.front());
  waiting.joined.assign(std::make_move_iterator(left.begin() + 1), std::make_move_iterator(left.end()));
  co_return true;
}

asio::awaitable<bool> TurnRunner::obtain_reply(term::LiveBotPtr bot, std::string place, term::PendingTurn& waiting,
                                               std::optional<term::Sending>& guard) {
  auto& session = bot->sessions[place];
  while (true) {
    if (!term_.passes(term::Step::before_brain)) co_return false;
    auto outcome = TurnAsker::Outcome::reply;
    if (waiting.unreadable) {
      answers::ReplyTarget target{.bot_id = bot->row.bot_id,
                                  .msgtype = "m.notice",
                                  .event_id = waiting.turn.event_id,
                                  .thread_root = {},
                                  .quote = false,
                                  .hops = 1};
      waiting.turn.reply =
          answers::reply_contents({.text = std::string(uses_.reads_encrypted ? kNoKey : kUnreadable)}, target);
      waiting.turn.own_words = true;
    } else {
      outcome = co_await asker_.ask(bot, session, waiting);
    }
    if (!term_.passes(term::Step::after_brain)) co_return false;
    // Removed while the brain was thinking: those end, the rest is asked again.
    if (!session.removed.empty()) {
      auto removed = std::exchange(session.removed, {});
      waiting.record.clear();  // it holds their words
      auto mark = [&](term::PendingTurn& one) {
        one.cancelled = one.cancelled || std::ranges::find(removed, one.turn.event_id) != removed.end();
        one.overtaken = one.overtaken || session.begun_anew;
      };
      mark(waiting);
      std::ranges::for_each(waiting.joined, mark);
      if (!co_await drop_cancelled(bot, waiting)) co_return false;
      if (outcome != TurnAsker::Outcome::failed && is_up(bot->row.observed)) continue;
    }
    // Its task ended while the brain was thinking: asked again when it runs again.
    if (is_waiting_to_run(bot->row) && waiting.stops == bot->stops) {
      waiting.typing.reset();
      ++bot->queued;
      bot->queued_bytes += waiting.bytes;
      session.queue.push_front(std::move(waiting));
      co_return false;
    }
    // Stopped while the brain was thinking: the stop records the turn as skipped.
    if (!is_up(bot->row.observed)) {
      if (waiting.turn.streamed) {
        co_await close(bot, waiting,
                       answers::sentence(answers::Sentence::stopped, answers::guess_language(waiting.message.text)));
      }
      co_return false;
    }
    if (outcome == TurnAsker::Outcome::dropped) co_return false;
    if (outcome == TurnAsker::Outcome::failed) {
      co_await finish(waiting, TurnState::failed, waiting.turn.detail, "");
      co_return false;
    }
    break;
  }
  guard.emplace(bot);
  if (!co_await store(bot, waiting)) co_return false;
  waiting.turn.state = TurnState::replying;
  co_return term_.passes(term::Step::replying);
}

asio::awaitable<bool> TurnRunner::store(term::LiveBotPtr bot, term::PendingTurn& waiting) {
  const auto now = uses_.clock.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<bool> {
    const auto& turn = waiting.turn;
    if (!store_reply(tx, turn, now)) return false;
    write_record(tx, waiting, now);
    for (const auto& more : waiting.joined) join_turn(tx, more.turn.event_pos, turn.bot, turn.event_pos, now);
    auto place = bots::session_place(turn.room_id, turn.thread_root);
    for (const auto& member : waiting.remember) {
      bots::store_session_value(tx, turn.bot, place, member.key(), member.value(), now);
    }
    return true;
  };
  auto stored = co_await store_.persist(write);
  if (stored) co_await drop_removed(term_, store_, roster_, waiting);
  if (stored) waiting.record.clear();
  if (!stored) {
    base::log_error("fleet", "A reply could not be stored.",
                    {{"bot", bot->row.bot_id}, {"reason", stored.error().message() + " " + stored.error().detail()}});
    co_return false;
  }
  co_return *stored;
}

asio::awaitable<void> TurnRunner::send_reply(term::LiveBotPtr bot, term::PendingTurn& waiting) {
  std::string first_answer;
  std::string last_message;
  for (std::size_t part = 0; part < waiting.turn.reply.size(); ++part) {
    if (!term_.passes(term::Step::before_send)) co_return;
    auto content = waiting.turn.reply[part].as_object();
    auto relation = relation_of(content);
    bool is_edit = relation == "m.replace";
    bool is_reaction = relation == "m.annotation";
    if (is_edit) content["m.relates_to"].as_object()["event_id"] = first_answer;
    if (is_reaction) content["m.relates_to"].as_object()["event_id"] = last_message;
    matrix::NewEvent event{.room_id = waiting.turn.room_id,
                           .sender = bot->row.user_id,
                           .type = is_reaction ? "m.reaction" : "m.room.message",
                           .content = std::move(content),
                           .txn_id = answers::transaction_id(bot->row.user_id, waiting.turn.event_id, part)};
    auto pause = uses_.limits.first_retry;
    while (true) {
      auto sent = co_await uses_.rooms.send(event);
      if (sent) {
        if (first_answer.empty()) first_answer = sent->event_id;
        if (is_reaction) break;
        last_message = is_edit ? first_answer : sent->event_id;
        remember_answer(last_message, waiting.turn);
        break;
      }
      if (is_final(sent.error().code())) {
        if (is_reaction) break;  // the choices can be answered by number, too
        co_await finish(waiting, TurnState::failed, "the room refused the answer: " + sent.error().message(), "");
        co_return;
      }
      base::log_warning("fleet", "An answer could not be sent; trying again.",
                        {{"bot", bot->row.bot_id}, {"reason", sent.error().message()}});
      if (!co_await term_.stop.sleep(pause)) co_return;
      // A person's stop waits for what is being sent, but not without end: it then records the turn as skipped.
      if (waiting.stops != bot->stops && bot->row.observed != BotState::stopping) co_return;
      pause = std::min<std::chrono::milliseconds>(pause * 2, std::chrono::seconds(10));
    }
    if (!term_.passes(term::Step::after_send)) co_return;
  }
  auto state = waiting.turn.detail.empty() ? TurnState::answered : TurnState::failed;
  co_await finish(waiting, state, waiting.turn.detail, first_answer);
  (void)term_.passes(term::Step::answered);
}

asio::awaitable<void> TurnRunner::finish(const term::PendingTurn& waiting, TurnState state, std::string detail,
                                         std::string answer) {
  const auto now = uses_.clock.unix_ms();
  TurnCost cost{
      .own_words = waiting.turn.own_words, .tokens_in = waiting.turn.tokens_in, .tokens_out = waiting.turn.tokens_out};
  if (waiting.taken) {
    const auto took = std::chrono::steady_clock::now() - *waiting.taken;
    cost.latency_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  }
  auto record = [&](store::Tx& tx) -> Result<std::int64_t> {
    std::int64_t ended = finish_turn(tx, waiting.turn.event_pos, waiting.turn.bot, state, detail, answer, now, cost);
    if (ended > 0 && state == TurnState::failed) write_record(tx, waiting, now);
    for (const auto& more : waiting.joined) {
      ended += finish_turn(tx, more.turn.event_pos, more.turn.bot, state, detail, answer, now,
                           {.own_words = waiting.turn.own_words});
    }
    return ended;
  };
  auto recorded = co_await store_.persist(record);
  if (!recorded) {
    if (term_.stopping()) co_return;  // open in the database: the next start goes on with it
    base::log_error("fleet", "The outcome of a turn could not be recorded.",
                    {{"reason", recorded.error().message() + " " + recorded.error().detail()}});
    co_return;
  }
  co_await drop_removed(term_, store_, roster_, waiting);
  if (*recorded == 0) co_return;
  turns_total_.with({std::string(to_string(state))}).add(static_cast<std::uint64_t>(*recorded));
  if (state == TurnState::answered && waiting.turn.own_words) co_return;
  on_turn_(waiting.turn.bot, state, detail);
}

asio::awaitable<void> TurnRunner::close(term::LiveBotPtr bot, term::PendingTurn waiting, std::string text) {
  co_await asker_.close(bot, waiting, std::move(text));
}

std::optional<std::string> TurnRunner::thread_of_answer(std::string_view event_id, BotKey bot) const {
  auto found = answers_.find(std::string(event_id));
  if (found == answers_.end() || found->second.bot != bot) return std::nullopt;
  return found->second.thread_root;
}

void TurnRunner::remember_answer(std::string event_id, const Turn& turn) {
  if (!answers_.emplace(event_id, Answer{turn.bot, turn.thread_root}).second) return;
  answers_order_.push_back(std::move(event_id));
  if (answers_order_.size() <= kAnswersRemembered) return;
  answers_.erase(answers_order_.front());
  answers_order_.pop_front();
}

}  // namespace troupe::fleet::turns
