#include "fleet/turns/turn_store.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <map>

#include "fleet/bots/bot_store.h"
#include "fleet/bots/log_store.h"
#include "fleet/bots/said_store.h"
#include "store/words.h"

namespace troupe::fleet::turns {
namespace {

using namespace store::words;

constexpr auto kTurn = store::columns(
    column("event_pos", &Turn::event_pos), column("bot", &Turn::bot), column("tenant_id", &Turn::tenant_id),
    column("event_id", &Turn::event_id), column("room_id", &Turn::room_id), column("sender", &Turn::sender),
    column("thread_root", &Turn::thread_root),
    column<store::Word<parse_turn_state, TurnState::failed>>("state", &Turn::state), column("detail", &Turn::detail),
    column<store::Json>("reply", &Turn::reply), column("answer_event_id", &Turn::answer_event_id),
    column("asked_ms", &Turn::asked_ms), column("streamed", &Turn::streamed), column("tokens_in", &Turn::tokens_in),
    column("tokens_out", &Turn::tokens_out), column("own_words", &Turn::own_words));
constexpr auto kFrom = sql("SELECT ", kTurn, " FROM fleet_turn WHERE ");

constexpr auto kOpenTurns = sql(kFrom, "state IN ('asked', 'replying') AND joined_to = 0 ORDER BY event_pos, bot");
constexpr auto kAway = sql(kFrom, "bot = ?1 AND away = 1 AND asked_ms >= ?2 ORDER BY event_pos DESC");
constexpr std::string_view kQuestionOfAnswer =
    "SELECT event_id FROM fleet_turn WHERE answer_event_id = ?1 AND bot = ?2 ORDER BY event_pos DESC LIMIT 1";
constexpr auto kFindTurn = sql(kFrom, "event_pos = ?1 AND bot = ?2");

void count(store::Tx& tx, BotKey bot, TurnState state, std::int64_t turns, base::UnixMs now,
           const TurnCost& cost = {}) {
  auto answered = state == TurnState::answered && !cost.own_words ? turns : 0;
  auto failed = state == TurnState::failed ? turns : 0;
  auto skipped = state != TurnState::answered && state != TurnState::failed ? turns : 0;
  std::int64_t tenant_id = 0;
  {
    auto rows = tx.query(
        "UPDATE fleet_bot SET answered = answered + ?2, failed = failed + ?3, skipped = skipped + ?4, "
        "last_turn_ms = ?5, tokens_in = tokens_in + ?6, tokens_out = tokens_out + ?7, bad_turns = CASE WHEN ?2 > "
        "0 THEN 0 ELSE bad_turns + ?3 END, check_text = CASE WHEN ?2 > 0 THEN '' ELSE check_text END "
        "WHERE id = ?1 RETURNING tenant_id",
        bot, answered, failed, skipped, now, cost.tokens_in, cost.tokens_out);
    while (rows.next()) rows >> tenant_id;
  }
  if (tenant_id == 0) return;  // the bot has been deleted
  bots::add_usage(tx, bot, tenant_id, now,
                  {.at_ms = now,
                   .answered = answered,
                   .failed = failed,
                   .skipped = skipped,
                   .latency_ms = answered > 0 ? cost.latency_ms : 0,
                   .tokens_in = cost.tokens_in,
                   .tokens_out = cost.tokens_out});
}

}  // namespace

void insert_turn(store::Tx& tx, const Turn& turn, base::UnixMs now) {
  auto made = tx.run(
      "INSERT INTO fleet_turn (event_pos, bot, tenant_id, event_id, room_id, sender, thread_root, state, "
      "detail, asked_ms, updated_ms, away) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON "
      "CONFLICT (event_pos, bot) DO NOTHING",
      turn.event_pos, turn.bot, turn.tenant_id, turn.event_id, turn.room_id, turn.sender, turn.thread_root,
      to_string(turn.state), turn.detail, turn.asked_ms, now, turn.state == TurnState::skipped_stopped);
  if (made > 0 && !is_open(turn.state)) count(tx, turn.bot, turn.state, 1, now);
}

bool mark_streamed(store::Tx& tx, StreamPos event_pos, BotKey bot, base::UnixMs now) {
  return tx.run(
             "UPDATE fleet_turn SET streamed = 1, updated_ms = ?3 WHERE event_pos = ?1 AND bot = ?2 "
             "AND state = 'asked'",
             event_pos, bot, now) > 0;
}

bool store_reply(store::Tx& tx, const Turn& turn, base::UnixMs now) {
  return tx.run(
             "UPDATE fleet_turn SET state = 'replying', reply = ?3, detail = ?4, updated_ms = ?5, streamed = ?6, "
             "tokens_in = ?7, tokens_out = ?8, own_words = ?9 WHERE event_pos = ?1 AND bot = ?2 AND state = 'asked'",
             turn.event_pos, turn.bot, boost::json::serialize(turn.reply), turn.detail, now, turn.streamed ? 1 : 0,
             turn.tokens_in, turn.tokens_out, turn.own_words ? 1 : 0) > 0;
}

void join_turn(store::Tx& tx, StreamPos event_pos, BotKey bot, StreamPos to_event_pos, base::UnixMs now) {
  tx.run(
      "UPDATE fleet_turn SET state = 'replying', joined_to = ?3, updated_ms = ?4 WHERE event_pos = ?1 "
      "AND bot = ?2 AND state = 'asked'",
      event_pos, bot, to_event_pos, now);
}

std::int64_t finish_turn(store::Tx& tx, StreamPos event_pos, BotKey bot, TurnState state, std::string_view detail,
                         std::string_view answer_event_id, base::UnixMs now, const TurnCost& cost) {
  std::optional<std::string> answer;
  if (!answer_event_id.empty()) answer = std::string(answer_event_id);
  std::int64_t ended = tx.run(
      "UPDATE fleet_turn SET state = ?3, detail = ?4, answer_event_id = ?5, reply = NULL, updated_ms = ?6 "
      "WHERE event_pos = ?1 AND bot = ?2 AND state IN ('asked', 'replying')",
      event_pos, bot, to_string(state), detail, answer, now);
  if (ended == 0) return 0;
  ended += tx.run(
      "UPDATE fleet_turn SET state = ?3, detail = ?4, answer_event_id = ?5, updated_ms = ?6 WHERE bot = ?2 "
      "AND joined_to = ?1 AND event_pos > ?1 AND state IN ('asked', 'replying')",
      event_pos, bot, to_string(state), detail, answer, now);
  count(tx, bot, state, ended, now, cost);
  if (state == TurnState::failed && !detail.empty()) {
    auto colon = detail.find(": ");
    bool has_reference = colon == 8 && detail.substr(0, 8).find_first_not_of("0123456789abcdef") == detail.npos;
    bots::set_last_error(tx, bot,
                         {.at_ms = now,
                          .text = std::string(has_reference ? detail.substr(10) : detail),
                          .reference = std::string(has_reference ? detail.substr(0, 8) : std::string_view())});
  }
  return ended;
}

void skip_open_turns(store::Tx& tx, BotKey bot, base::UnixMs now) {
  auto skipped = tx.run(
      "UPDATE fleet_turn SET state = 'skipped_stopped', reply = NULL, updated_ms = ?2 WHERE bot = ?1 "
      "AND state IN ('asked', 'replying')",
      bot, now);
  if (skipped > 0) count(tx, bot, TurnState::skipped_stopped, skipped, now);
}

std::vector<Turn> take_up(store::Tx& tx, BotKey bot, const TakeUp& limits, base::UnixMs now) {
  const auto since = now - limits.longest_ago_ms;
  std::vector<Turn> taken;
  {
    std::map<std::string, std::int64_t> per_room;
    auto rows = tx.query(kAway, bot, since);
    while (rows.next()) {
      if (std::ssize(taken) >= limits.most) continue;
      Turn turn;
      kTurn.read(rows, turn);
      if (++per_room[turn.room_id] <= limits.most_of_room) taken.push_back(std::move(turn));
    }
  }
  // The others stay skipped: another start, later, must not find them again.
  tx.run("UPDATE fleet_turn SET away = 0 WHERE bot = ?1 AND away = 1", bot);
  std::ranges::reverse(taken);
  for (auto& turn : taken) {
    tx.run(
        "UPDATE fleet_turn SET state = 'asked', detail = '', away = 0, updated_ms = ?3 WHERE event_pos = ?1 "
        "AND bot = ?2",
        turn.event_pos, bot, now);
    turn.state = TurnState::asked;
    turn.detail.clear();
  }
  if (!taken.empty()) tx.run("UPDATE fleet_bot SET skipped = skipped - ?2 WHERE id = ?1", bot, std::ssize(taken));
  return taken;
}

std::int64_t forget_away(store::Tx& tx, BotKey bot, std::int64_t limit) {
  return tx.run(
      "UPDATE fleet_turn SET away = 0 WHERE bot = ?1 AND event_pos IN (SELECT event_pos FROM fleet_turn "
      "WHERE bot = ?1 AND away = 1 ORDER BY event_pos LIMIT ?2)",
      bot, limit);
}

std::vector<Turn> open_turns(store::Connection& c) { return store::all(c.query(kOpenTurns), kTurn); }

std::optional<Turn> find_turn(store::Connection& c, StreamPos event_pos, BotKey bot) {
  return store::one(c.query(kFindTurn, event_pos, bot), kTurn);
}

std::optional<std::string> thread_of_answer(store::Connection& c, std::string_view answer_event_id, BotKey bot) {
  auto thread = store::value<std::string>(c.query(
      "SELECT thread_root FROM fleet_turn WHERE answer_event_id = ?1 AND bot = ?2 LIMIT 1", answer_event_id, bot));
  if (thread) return thread;
  auto said = bots::said_as(c, bot, answer_event_id);
  if (!said) return std::nullopt;
  return std::move(said->thread_root);
}

std::string question_of_answer(store::Connection& c, std::string_view answer_event_id, BotKey bot) {
  if (answer_event_id.empty()) return {};
  if (auto asked = store::value<std::string>(c.query(kQuestionOfAnswer, answer_event_id, bot))) return *asked;
  auto said = bots::said_as(c, bot, answer_event_id);
  return said ? std::move(said->about) : std::string();
}

bool answered_in_thread(store::Connection& c, std::string_view room_id, std::string_view thread_root, BotKey bot) {
  return store::any(
      c.query("SELECT 1 FROM fleet_turn WHERE room_id = ?1 AND thread_root = ?2 AND thread_root <> '' AND bot = ?3 "
              "AND state = 'answered' LIMIT 1",
              room_id, thread_root, bot));
}

bool other_bot_in_thread(store::Connection& c, std::string_view room_id, std::string_view thread_root, BotKey bot) {
  return store::any(
      c.query("SELECT 1 FROM fleet_turn WHERE room_id = ?1 AND thread_root = ?2 AND thread_root <> '' AND bot <> ?3 "
              "AND state IN ('asked', 'replying', 'answered') LIMIT 1",
              room_id, thread_root, bot));
}

std::int64_t prune_turns(store::Tx& tx, base::UnixMs before, std::int64_t limit) {
  return tx.run(
      "DELETE FROM fleet_turn WHERE (event_pos, bot) IN (SELECT event_pos, bot FROM fleet_turn "
      "WHERE updated_ms < ?1 AND state NOT IN ('asked', 'replying') ORDER BY event_pos LIMIT ?2)",
      before, limit);
}

}  // namespace troupe::fleet::turns
