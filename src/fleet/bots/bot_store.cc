#include "fleet/bots/bot_store.h"

#include "base/text.h"
#include "fleet/bots/record_store.h"
#include "fleet/bots/said_store.h"
#include "fleet/bots/session_store.h"
#include "store/words.h"

namespace troupe::fleet::bots {
namespace {

using namespace store::words;

using RestartWord = store::Word<parse_restart_mode, RestartPolicy::Mode::always>;
using DesiredWord = store::Word<parse_desired, DesiredState::stopped>;
using StateWord = store::Word<parse_state, BotState::failed>;

constexpr auto kError =
    store::columns("b", column("error_ms", &LastError::at_ms), column("error_text", &LastError::text),
                   column("error_reference", &LastError::reference));
constexpr auto kBot = store::columns(
    "b", column("id", &Bot::id), column("tenant_id", &Bot::tenant_id), column("bot_id", &Bot::bot_id),
    column("user_id", &Bot::user_id), column("display_name", &Bot::display_name),
    column("homeserver", &Bot::homeserver), column("brain_kind", &Bot::brain_kind),
    column<store::Json>("brain_config", &Bot::brain_config),
    column<store::BytesOrNull>("sealed_secrets", &Bot::sealed_secrets),
    column<store::BytesOrNull>("sealed_password", &Bot::sealed_password),
    column<store::Json>("annotations", &Bot::annotations), column("owns_account", &Bot::owns_account),
    column("driver", &Bot::driver), column<RestartWord>("restart_policy", &Bot::restart, &RestartPolicy::mode),
    column("restart_max", &Bot::restart, &RestartPolicy::max_restarts),
    column("restart_window_s", &Bot::restart, &RestartPolicy::window_s),
    column("failures", &Bot::back_off, &BackOff::failures),
    column("failure_window_ms", &Bot::back_off, &BackOff::window_ms),
    column("next_try_ms", &Bot::back_off, &BackOff::next_try_ms), column<DesiredWord>("desired_state", &Bot::desired),
    column<StateWord>("observed_state", &Bot::observed), column("status_detail", &Bot::status_detail),
    column("since_ms", &Bot::since_ms), column("restarts", &Bot::restarts), column("answered", &Bot::answered),
    column("failed", &Bot::failed), column("skipped", &Bot::skipped), column("tokens_in", &Bot::tokens_in),
    column("tokens_out", &Bot::tokens_out), column("last_turn_ms", &Bot::last_turn_ms),
    store::part(&Bot::last_error, kError), column("bad_turns", &Bot::bad_turns), column("check_text", &Bot::check_text),
    column("created_ms", &Bot::created_ms), column("updated_ms", &Bot::updated_ms),
    column("config_version", &Bot::config_version));
constexpr auto kTask = store::columns("k", column("pid", &TaskInfo::pid), column("started_ms", &TaskInfo::started_ms),
                                      column("ended_ms", &TaskInfo::ended_ms), column("exit_text", &TaskInfo::exit));
constexpr auto kView = store::columns(
    store::part(&BotView::bot, kBot),
    computed("(SELECT COUNT(*) FROM fleet_room r WHERE r.bot = b.id)", &BotView::rooms),
    computed("(SELECT COUNT(*) FROM fleet_turn t WHERE t.bot = b.id AND t.state IN ('asked', 'replying'))",
             &BotView::pending_turns),
    store::part(&BotView::task, kTask));
constexpr auto kViewFrom = sql("SELECT ", kView, " FROM fleet_bot b LEFT JOIN fleet_task k ON k.bot = b.id WHERE ");

constexpr auto kInsertBot = store::insert("fleet_bot", kBot);
constexpr auto kStatesColumns = store::columns(column<DesiredWord>("desired_state", &States::desired),
                                               column<StateWord>("observed_state", &States::observed));
constexpr auto kStates = sql("SELECT ", kStatesColumns, " FROM fleet_bot WHERE id = ?1");

constexpr auto kBotByKey = sql("SELECT ", kBot, " FROM fleet_bot b WHERE b.id = ?1");
constexpr auto kBotById = sql("SELECT ", kBot, " FROM fleet_bot b WHERE b.tenant_id = ?1 AND b.bot_id = ?2");
constexpr auto kViewById = sql(kViewFrom, "b.tenant_id = ?1 AND b.bot_id = ?2");
constexpr auto kViewByKey = sql(kViewFrom, "b.id = ?1");
constexpr auto kBotText = sql("LOWER(b.bot_id || ' ' || b.display_name || ' ' || b.user_id)");
// trouble_of in types.cc, and its `serious`.
constexpr auto kSerious = sql("b.observed_state IN ('failed', 'crash_loop', 'degraded')");
constexpr auto kTroubledBot =
    sql("(", kSerious,
        " OR b.observed_state = 'backing_off' OR (b.observed_state = 'exited' AND b.desired_state = 'running')"
        " OR (b.observed_state IN ('starting', 'running') AND (b.bad_turns > 0 OR b.check_text <> '')))");
constexpr auto kBotMatch = sql("b.tenant_id = ?1 AND (?2 = '' OR REPLACE(", kBotText, ", ?2, '') <> ", kBotText,
                               ") AND (?3 = '' OR b.observed_state = ?3 OR (?3 = 'troubled' AND ", kTroubledBot, "))");
constexpr auto kBotPage = sql(kViewFrom, kBotMatch, " ORDER BY CASE WHEN ?3 = 'troubled' AND ", kSerious,
                              " THEN 0 ELSE 1 END, b.bot_id LIMIT ?5 OFFSET ?4");
constexpr auto kBotPageCount = sql("SELECT COUNT(*) FROM fleet_bot b WHERE ", kBotMatch);
constexpr auto kAllBots = sql("SELECT ", kBot, " FROM fleet_bot b ORDER BY b.id");
constexpr auto kBotsOfKind = sql("SELECT ", kBot, " FROM fleet_bot b WHERE b.brain_kind = ?1 ORDER BY b.id");
constexpr std::string_view kDeleteInvite = "DELETE FROM fleet_invite WHERE room_id = ?1 AND bot = ?2";
constexpr auto kCounts = store::columns(
    computed("COUNT(*)", &BotCounts::total),
    computed("COALESCE(SUM(CASE WHEN b.observed_state IN ('running', 'degraded') THEN 1 ELSE 0 END), 0)",
             &BotCounts::running),
    computed(sql("COALESCE(SUM(CASE WHEN ", kSerious, " THEN 1 ELSE 0 END), 0)"), &BotCounts::failed),
    computed("(SELECT COUNT(*) FROM fleet_room r WHERE r.tenant_id = ?1)", &BotCounts::rooms),
    computed(sql("COALESCE(SUM(CASE WHEN ", kTroubledBot, " THEN 1 ELSE 0 END), 0)"), &BotCounts::troubled));
constexpr auto kBotCounts = sql("SELECT ", kCounts, " FROM fleet_bot b WHERE b.tenant_id = ?1");

constexpr auto kHistory = store::columns(column("id", &HistoryRow::id), column("tenant_id", &HistoryRow::tenant_id),
                                         column("bot", &HistoryRow::bot), column("bot_id", &HistoryRow::bot_id),
                                         column("at_ms", &HistoryRow::at_ms), column("event", &HistoryRow::event),
                                         column("from_state", &HistoryRow::from), column("to_state", &HistoryRow::to),
                                         column("cause", &HistoryRow::cause), column("actor", &HistoryRow::actor));
constexpr auto kFromHistory = sql("SELECT ", kHistory, " FROM fleet_history WHERE ");
constexpr auto kInsertHistory = store::insert("fleet_history", kHistory);
// As a person reads it: "crash loop", "starting → running".
constexpr auto kHistoryText =
    sql("LOWER(REPLACE(event || ' ' || from_state || ' → ' || to_state || ' ' || cause || ' ' || actor, '_', ' '))");
constexpr auto kHistoryMatch =
    sql("bot = ?2 AND tenant_id = ?1 AND (?3 = '' OR REPLACE(", kHistoryText, ", ?3, '') <> ", kHistoryText, ")");
constexpr auto kHistoryPage = sql(kFromHistory, kHistoryMatch, " ORDER BY id DESC LIMIT ?5 OFFSET ?4");
constexpr auto kHistoryCount = sql("SELECT COUNT(*) FROM fleet_history WHERE ", kHistoryMatch);
constexpr auto kHistoryAfter = sql(kFromHistory, "id > ?2 AND tenant_id = ?1 ORDER BY id LIMIT ?3");
constexpr auto kRequests =
    sql(kFromHistory,
        "id > ?1 AND event IN ('created', 'changed', 'want_start', 'want_stop', 'want_restart', 'want_delete') "
        "ORDER BY id LIMIT ?2");

constexpr auto kRoom =
    store::columns(column("room_id", &RoomRow::room_id), column("bot", &RoomRow::bot),
                   column("joined_pos", &RoomRow::joined_pos), column("told_encrypted", &RoomRow::told_encrypted),
                   column("inviter", &RoomRow::inviter), column("commands", &RoomRow::commands));
constexpr auto kAllRooms = sql("SELECT ", kRoom, " FROM fleet_room");
constexpr auto kRoomsOf = sql(kAllRooms, " WHERE bot = ?1 ORDER BY room_id");

}  // namespace

std::int64_t next_ids(store::Tx& tx, std::string_view counter, std::int64_t count) {
  auto rows = tx.query("UPDATE fleet_counter SET last = last + ?2 WHERE name = ?1 RETURNING last", counter, count);
  if (!rows.next()) throw store::SqlError("no counter named " + std::string(counter), false);
  const auto id = rows.take<std::int64_t>();
  while (rows.next()) {
  }
  return id;
}

void insert_bot(store::Tx& tx, const Bot& b) { store::run_insert(tx, kInsertBot, kBot, b); }

void update_bot(store::Tx& tx, const Bot& b) {
  tx.run(
      "UPDATE fleet_bot SET display_name = ?2, brain_kind = ?3, brain_config = ?4, sealed_secrets = ?5, "
      "sealed_password = ?6, annotations = ?7, updated_ms = ?8, driver = ?9, restart_policy = ?10, restart_max "
      "= ?11, restart_window_s = ?12, config_version = ?13 WHERE id = ?1",
      b.id, b.display_name, b.brain_kind, boost::json::serialize(b.brain_config), store::blob_or_null(b.sealed_secrets),
      store::blob_or_null(b.sealed_password), boost::json::serialize(b.annotations), b.updated_ms, b.driver,
      to_string(b.restart.mode), b.restart.max_restarts, b.restart.window_s, b.config_version);
}

void update_desired(store::Tx& tx, BotKey id, DesiredState desired, base::UnixMs now) {
  tx.run("UPDATE fleet_bot SET desired_state = ?2, updated_ms = ?3 WHERE id = ?1 AND desired_state <> 'deleted'", id,
         to_string(desired), now);
}

std::optional<States> states_of(store::Connection& c, BotKey id) {
  return store::one(c.query(kStates, id), kStatesColumns);
}

void set_state(store::Tx& tx, BotKey id, const StateRow& row, bool counts_as_restart, base::UnixMs now) {
  tx.run(
      "UPDATE fleet_bot SET observed_state = ?2, status_detail = ?3, restarts = restarts + ?4, since_ms = ?5, "
      "updated_ms = ?6, desired_state = ?7, failures = ?8, failure_window_ms = ?9, next_try_ms = ?10 "
      "WHERE id = ?1",
      id, to_string(row.observed), row.status_detail, counts_as_restart, row.since_ms, now, to_string(row.desired),
      row.back_off.failures, row.back_off.window_ms, row.back_off.next_try_ms);
}

void set_last_error(store::Tx& tx, BotKey id, const LastError& error) {
  tx.run("UPDATE fleet_bot SET error_ms = ?2, error_text = ?3, error_reference = ?4 WHERE id = ?1", id, error.at_ms,
         error.text, error.reference);
}

void set_check(store::Tx& tx, BotKey id, std::string_view text) {
  tx.run("UPDATE fleet_bot SET check_text = ?2 WHERE id = ?1", id, text);
}
void forget_trouble(store::Tx& tx, BotKey id) {
  tx.run("UPDATE fleet_bot SET bad_turns = 0, check_text = '' WHERE id = ?1", id);
}

void delete_bot(store::Tx& tx, BotKey id) {
  delete_sessions(tx, id);
  delete_said(tx, id);
  tx.run("DELETE FROM fleet_turn WHERE bot = ?1", id);
  delete_records(tx, id);
  tx.run("DELETE FROM fleet_room WHERE bot = ?1", id);
  tx.run("DELETE FROM fleet_invite WHERE bot = ?1", id);
  tx.run("DELETE FROM fleet_task WHERE bot = ?1", id);
  tx.run("DELETE FROM fleet_log WHERE bot = ?1", id);
  tx.run("DELETE FROM fleet_usage WHERE bot = ?1", id);
  tx.run("DELETE FROM fleet_bot WHERE id = ?1", id);
}

void delete_orphans(store::Tx& tx) {
  tx.run("DELETE FROM fleet_room WHERE bot NOT IN (SELECT id FROM fleet_bot)");
  tx.run("DELETE FROM fleet_invite WHERE bot NOT IN (SELECT id FROM fleet_bot)");
  tx.run("DELETE FROM fleet_turn WHERE bot NOT IN (SELECT id FROM fleet_bot)");
}

std::optional<Bot> bot_by_key(store::Connection& c, BotKey id) { return store::one(c.query(kBotByKey, id), kBot); }
std::optional<Bot> bot_by_id(store::Connection& c, std::int64_t tenant_id, std::string_view bot_id) {
  return store::one(c.query(kBotById, tenant_id, bot_id), kBot);
}
bool user_is_bot(store::Connection& c, std::string_view user_id) {
  return store::any(c.query("SELECT 1 FROM fleet_bot WHERE user_id = ?1", user_id));
}
std::optional<BotView> bot_view(store::Connection& c, std::int64_t tenant_id, std::string_view bot_id) {
  return store::one(c.query(kViewById, tenant_id, bot_id), kView);
}
std::optional<BotView> bot_view(store::Connection& c, BotKey id) { return store::one(c.query(kViewByKey, id), kView); }

BotPage bot_page(store::Connection& c, std::int64_t tenant_id, std::string_view search, std::string_view state,
                 std::int64_t from, std::int64_t limit) {
  auto wanted = base::ascii_lower(search);
  return {.items = store::all(c.query(kBotPage, tenant_id, wanted, state, from, limit), kView),
          .total = store::number(c.query(kBotPageCount, tenant_id, wanted, state))};
}

bool any_bot(store::Connection& c) { return store::any(c.query("SELECT 1 FROM fleet_bot LIMIT 1")); }

std::vector<Bot> all_bots(store::Connection& c) { return store::all(c.query(kAllBots), kBot); }

std::vector<Bot> bots_of_kind(store::Connection& c, std::string_view brain_kind) {
  return store::all(c.query(kBotsOfKind, brain_kind), kBot);
}

BotCounts bot_counts(store::Connection& c, std::int64_t tenant_id) {
  return store::one(c.query(kBotCounts, tenant_id), kCounts).value_or(BotCounts());
}

std::int64_t insert_history(store::Tx& tx, const Bot& bot, const HistoryLine& line) {
  auto id = next_id(tx, "history");
  insert_history(tx, id, bot, line);
  return id;
}

void insert_history(store::Tx& tx, std::int64_t id, const Bot& bot, const HistoryLine& line) {
  store::run_insert(tx, kInsertHistory, kHistory,
                    {.id = id,
                     .tenant_id = bot.tenant_id,
                     .bot = bot.id,
                     .bot_id = bot.bot_id,
                     .at_ms = line.at_ms,
                     .event = std::string(line.event),
                     .from = std::string(to_string(line.from)),
                     .to = std::string(to_string(line.to)),
                     .cause = std::string(line.cause),
                     .actor = std::string(line.actor)});
}

HistoryPage history_page(store::Connection& c, std::int64_t tenant_id, BotKey bot, std::string_view search,
                         std::int64_t from, std::int64_t limit) {
  auto wanted = base::ascii_lower(search);
  std::ranges::replace(wanted, '_', ' ');
  return {.items = store::all(c.query(kHistoryPage, tenant_id, bot, wanted, from, limit), kHistory),
          .total = store::number(c.query(kHistoryCount, tenant_id, bot, wanted))};
}

std::vector<HistoryRow> history_after(store::Connection& c, std::int64_t tenant_id, std::int64_t after,
                                      std::int64_t limit) {
  return store::all(c.query(kHistoryAfter, tenant_id, after, limit), kHistory);
}

std::int64_t newest_history(store::Connection& c, BotKey bot) {
  return store::number(c.query("SELECT id FROM fleet_history WHERE bot = ?1 ORDER BY id DESC LIMIT 1", bot));
}

std::vector<HistoryRow> requests_after(store::Connection& c, std::int64_t after, std::int64_t limit) {
  return store::all(c.query(kRequests, after, limit), kHistory);
}
std::int64_t prune_history(store::Tx& tx, base::UnixMs before, std::int64_t limit) {
  return tx.run(
      "DELETE FROM fleet_history WHERE id IN (SELECT h.id FROM (SELECT id, at_ms FROM fleet_history "
      "ORDER BY id LIMIT ?2) h WHERE h.at_ms < ?1)",
      before, limit);
}

std::int64_t last_history(store::Connection& c) {
  return store::number(c.query("SELECT last FROM fleet_counter WHERE name = 'history'"));
}

void insert_room(store::Tx& tx, const RoomRow& room, std::int64_t tenant_id) {
  tx.run(
      "INSERT INTO fleet_room (room_id, bot, tenant_id, joined_pos, inviter) "
      "VALUES (?1, ?2, ?3, ?4, COALESCE((SELECT i.inviter FROM fleet_invite i WHERE i.room_id = ?1 "
      "AND i.bot = ?2), ?5)) ON CONFLICT (room_id, bot) DO NOTHING",
      room.room_id, room.bot, tenant_id, room.joined_pos, room.inviter);
  tx.run(kDeleteInvite, room.room_id, room.bot);
}
void insert_invite(store::Tx& tx, std::string_view room_id, BotKey bot, std::string_view inviter,
                   std::int64_t tenant_id) {
  tx.run(
      "INSERT INTO fleet_invite (room_id, bot, tenant_id, inviter) VALUES (?1, ?2, ?3, ?4) "
      "ON CONFLICT (room_id, bot) DO UPDATE SET inviter = excluded.inviter",
      room_id, bot, tenant_id, inviter);
}
void delete_invite(store::Tx& tx, std::string_view room_id, BotKey bot) { tx.run(kDeleteInvite, room_id, bot); }
std::string inviter_of(store::Connection& c, std::string_view room_id, BotKey bot) {
  return store::value<std::string>(
             c.query("SELECT inviter FROM fleet_invite WHERE room_id = ?1 AND bot = ?2", room_id, bot))
      .value_or("");
}
void delete_room(store::Tx& tx, std::string_view room_id, BotKey bot) {
  tx.run("DELETE FROM fleet_room WHERE room_id = ?1 AND bot = ?2", room_id, bot);
}
void set_room_commands(store::Tx& tx, std::string_view room_id, BotKey bot, std::string_view commands) {
  tx.run("UPDATE fleet_room SET commands = ?3 WHERE room_id = ?1 AND bot = ?2", room_id, bot, commands);
}

std::vector<std::string> rooms_with_other_commands(store::Connection& c, const OtherCommands& others,
                                                   std::string_view after_room, std::int64_t limit) {
  return store::values<std::string>(
      c.query("SELECT room_id FROM fleet_room WHERE bot = ?1 AND commands <> ?2 AND substr(commands, 1, 13) <> ?3 "
              "AND room_id > ?4 ORDER BY room_id LIMIT ?5",
              others.bot, others.commands, others.refused, after_room, limit));
}

void mark_told_encrypted(store::Tx& tx, std::string_view room_id, BotKey bot) {
  tx.run("UPDATE fleet_room SET told_encrypted = 1 WHERE room_id = ?1 AND bot = ?2", room_id, bot);
}
std::vector<RoomRow> all_rooms(store::Connection& c) { return store::all(c.query(kAllRooms), kRoom); }
std::vector<RoomRow> rooms_of(store::Connection& c, BotKey bot) { return store::all(c.query(kRoomsOf, bot), kRoom); }

}  // namespace troupe::fleet::bots
