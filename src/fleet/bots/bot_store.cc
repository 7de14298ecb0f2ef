#include "fleet/bots/bot_store.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.h"
#include "fleet/turns/session_store.h"

namespace troupe::fleet {
namespace {

constexpr std::string_view kNextId = "UPDATE fleet_counter SET last = last + ?2 WHERE name = ?1 RETURNING last";

#define BOT_COLUMNS                                                                                              \
  "b.id, b.tenant_id, b.bot_id, b.user_id, b.display_name, b.homeserver, b.brain_kind, b.brain_config, "         \
  "b.sealed_secrets, b.sealed_password, b.flowise_url, b.owns_account, b.desired_state, b.observed_state, "      \
  "b.status_detail, b.since_ms, b.restarts, b.answered, b.failed, b.skipped, b.last_turn_ms, b.created_ms, "     \
  "b.updated_ms, b.driver, b.restart_policy, b.restart_max, b.restart_window_s, b.failures, "                    \
  "b.failure_window_ms, b.next_try_ms, b.tokens_in, b.tokens_out, b.error_ms, b.error_text, b.error_reference, " \
  "b.bad_turns, b.check_text"
#define VIEW_COLUMNS                                                                               \
  BOT_COLUMNS                                                                                      \
  ", (SELECT COUNT(*) FROM fleet_room r WHERE r.bot = b.id),"                                      \
  " (SELECT COUNT(*) FROM fleet_turn t WHERE t.bot = b.id AND t.state IN ('asked', 'replying')), " \
  "k.pid, k.started_ms, k.ended_ms, k.exit_text"
#define VIEW_FROM " FROM fleet_bot b LEFT JOIN fleet_task k ON k.bot = b.id "
constexpr int kBotColumns = 37;

constexpr std::string_view kInsertBot =
    "INSERT INTO fleet_bot (id, tenant_id, bot_id, user_id, display_name, homeserver, brain_kind, brain_config, "
    "sealed_secrets, sealed_password, flowise_url, owns_account, desired_state, observed_state, "
    "status_detail, since_ms, created_ms, updated_ms, driver, restart_policy, restart_max, restart_window_s) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, "
    "?22)";
constexpr std::string_view kUpdateBot =
    "UPDATE fleet_bot SET display_name = ?2, brain_kind = ?3, brain_config = ?4, sealed_secrets = ?5, "
    "sealed_password = ?6, flowise_url = ?7, updated_ms = ?8, driver = ?9, restart_policy = ?10, restart_max = ?11, "
    "restart_window_s = ?12 WHERE id = ?1";
constexpr std::string_view kUpdateDesired =
    "UPDATE fleet_bot SET desired_state = ?2, updated_ms = ?3 WHERE id = ?1 AND desired_state <> 'deleted'";
constexpr std::string_view kSetState =
    "UPDATE fleet_bot SET observed_state = ?2, status_detail = ?3, restarts = restarts + ?4, since_ms = ?5, "
    "updated_ms = ?6, desired_state = ?7, failures = ?8, failure_window_ms = ?9, next_try_ms = ?10 WHERE id = ?1";
constexpr std::string_view kStates = "SELECT desired_state, observed_state FROM fleet_bot WHERE id = ?1";
constexpr std::string_view kSetError =
    "UPDATE fleet_bot SET error_ms = ?2, error_text = ?3, error_reference = ?4 WHERE id = ?1";
constexpr std::string_view kSetCheck = "UPDATE fleet_bot SET check_text = ?2 WHERE id = ?1";
constexpr std::string_view kForgetTrouble = "UPDATE fleet_bot SET bad_turns = 0, check_text = '' WHERE id = ?1";
constexpr std::string_view kDeleteBot = "DELETE FROM fleet_bot WHERE id = ?1";
constexpr std::string_view kDeleteRoomsOf = "DELETE FROM fleet_room WHERE bot = ?1";
constexpr std::string_view kDeleteTurnsOf = "DELETE FROM fleet_turn WHERE bot = ?1";
constexpr std::string_view kDeleteTaskOf = "DELETE FROM fleet_task WHERE bot = ?1";
constexpr std::string_view kDeleteLogOf = "DELETE FROM fleet_log WHERE bot = ?1";
constexpr std::string_view kDeleteUsageOf = "DELETE FROM fleet_usage WHERE bot = ?1";
constexpr std::string_view kOrphanRooms = "DELETE FROM fleet_room WHERE bot NOT IN (SELECT id FROM fleet_bot)";
constexpr std::string_view kOrphanTurns = "DELETE FROM fleet_turn WHERE bot NOT IN (SELECT id FROM fleet_bot)";

constexpr std::string_view kBotByKey = "SELECT " BOT_COLUMNS " FROM fleet_bot b WHERE b.id = ?1";
constexpr std::string_view kBotById =
    "SELECT " BOT_COLUMNS " FROM fleet_bot b WHERE b.tenant_id = ?1 AND b.bot_id = ?2";
constexpr std::string_view kUserIsBot = "SELECT 1 FROM fleet_bot WHERE user_id = ?1";
constexpr std::string_view kViewById = "SELECT " VIEW_COLUMNS VIEW_FROM "WHERE b.tenant_id = ?1 AND b.bot_id = ?2";
constexpr std::string_view kViewByKey = "SELECT " VIEW_COLUMNS VIEW_FROM "WHERE b.id = ?1";
#define BOT_TEXT "LOWER(b.bot_id || ' ' || b.display_name || ' ' || b.user_id)"
// trouble_of in types.cc, and its `serious`.
#define BOT_SERIOUS "b.observed_state IN ('failed', 'crash_loop', 'degraded')"
#define BOT_TROUBLED                                                                                      \
  "(" BOT_SERIOUS                                                                                         \
  " OR b.observed_state = 'backing_off' OR (b.observed_state = 'exited' AND b.desired_state = 'running')" \
  " OR (b.observed_state IN ('starting', 'running') AND (b.bad_turns > 0 OR b.check_text <> '')))"
#define BOT_MATCH                                                               \
  "b.tenant_id = ?1 AND (?2 = '' OR REPLACE(" BOT_TEXT ", ?2, '') <> " BOT_TEXT \
  ") "                                                                          \
  "AND (?3 = '' OR b.observed_state = ?3 OR (?3 = 'troubled' AND " BOT_TROUBLED "))"
constexpr std::string_view kBotPage =
    "SELECT " VIEW_COLUMNS VIEW_FROM "WHERE " BOT_MATCH " ORDER BY CASE WHEN ?3 = 'troubled' AND " BOT_SERIOUS
    " THEN 0 ELSE 1 END, b.bot_id LIMIT ?5 OFFSET ?4";
constexpr std::string_view kBotPageCount = "SELECT COUNT(*) FROM fleet_bot b WHERE " BOT_MATCH;
constexpr std::string_view kAllBots = "SELECT " BOT_COLUMNS " FROM fleet_bot b ORDER BY b.id";
constexpr std::string_view kInsertInvite =
    "INSERT INTO fleet_invite (room_id, bot, tenant_id, inviter) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (room_id, bot) DO UPDATE SET inviter = excluded.inviter";
constexpr std::string_view kDeleteInvite = "DELETE FROM fleet_invite WHERE room_id = ?1 AND bot = ?2";
constexpr std::string_view kInviter = "SELECT inviter FROM fleet_invite WHERE room_id = ?1 AND bot = ?2";
constexpr std::string_view kDeleteInvitesOf = "DELETE FROM fleet_invite WHERE bot = ?1";
constexpr std::string_view kOrphanInvites = "DELETE FROM fleet_invite WHERE bot NOT IN (SELECT id FROM fleet_bot)";
constexpr std::string_view kPruneHistory =
    "DELETE FROM fleet_history WHERE id IN (SELECT h.id FROM (SELECT id, at_ms FROM fleet_history ORDER BY id LIMIT "
    "?2) "
    "h WHERE h.at_ms < ?1)";
constexpr std::string_view kBotCounts =
    "SELECT COUNT(*), COALESCE(SUM(CASE WHEN b.observed_state IN ('running', 'degraded') THEN 1 ELSE 0 END), 0), "
    "COALESCE(SUM(CASE WHEN " BOT_SERIOUS
    " THEN 1 ELSE 0 END), 0), "
    "(SELECT COUNT(*) FROM fleet_room r WHERE r.tenant_id = ?1), "
    "COALESCE(SUM(CASE WHEN " BOT_TROUBLED " THEN 1 ELSE 0 END), 0) FROM fleet_bot b WHERE b.tenant_id = ?1";

constexpr std::string_view kInsertHistory =
    "INSERT INTO fleet_history (id, tenant_id, bot, bot_id, at_ms, event, from_state, to_state, cause, actor) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
#define HISTORY_COLUMNS "id, tenant_id, bot, bot_id, at_ms, event, from_state, to_state, cause, actor"
// As a person reads it: "crash loop", "starting → running".
#define HISTORY_TEXT \
  "LOWER(REPLACE(event || ' ' || from_state || ' → ' || to_state || ' ' || cause || ' ' || actor, '_', ' '))"
#define HISTORY_MATCH \
  "bot = ?2 AND tenant_id = ?1 AND (?3 = '' OR REPLACE(" HISTORY_TEXT ", ?3, '') <> " HISTORY_TEXT ")"
constexpr std::string_view kHistoryPage =
    "SELECT " HISTORY_COLUMNS " FROM fleet_history WHERE " HISTORY_MATCH " ORDER BY id DESC LIMIT ?5 OFFSET ?4";
constexpr std::string_view kHistoryCount = "SELECT COUNT(*) FROM fleet_history WHERE " HISTORY_MATCH;
constexpr std::string_view kHistoryAfter =
    "SELECT " HISTORY_COLUMNS " FROM fleet_history WHERE id > ?2 AND tenant_id = ?1 ORDER BY id LIMIT ?3";
constexpr std::string_view kRequests =
    "SELECT " HISTORY_COLUMNS
    " FROM fleet_history WHERE id > ?1 AND event IN "
    "('created', 'changed', 'want_start', 'want_stop', 'want_restart', 'want_delete') "
    "ORDER BY id LIMIT ?2";
constexpr std::string_view kNewestHistory = "SELECT id FROM fleet_history WHERE bot = ?1 ORDER BY id DESC LIMIT 1";
constexpr std::string_view kAnyBot = "SELECT 1 FROM fleet_bot LIMIT 1";
constexpr std::string_view kLastHistory = "SELECT last FROM fleet_counter WHERE name = 'history'";

constexpr std::string_view kInsertRoom =
    "INSERT INTO fleet_room (room_id, bot, tenant_id, joined_pos, inviter) VALUES (?1, ?2, ?3, ?4, "
    "COALESCE((SELECT i.inviter FROM fleet_invite i WHERE i.room_id = ?1 AND i.bot = ?2), ?5)) "
    "ON CONFLICT (room_id, bot) DO NOTHING";
constexpr std::string_view kDeleteRoom = "DELETE FROM fleet_room WHERE room_id = ?1 AND bot = ?2";
constexpr std::string_view kToldEncrypted = "UPDATE fleet_room SET told_encrypted = 1 WHERE room_id = ?1 AND bot = ?2";
constexpr std::string_view kAllRooms = "SELECT room_id, bot, joined_pos, told_encrypted, inviter FROM fleet_room";
constexpr std::string_view kRoomsOf =
    "SELECT room_id, bot, joined_pos, told_encrypted, inviter FROM fleet_room WHERE bot = ?1 ORDER BY room_id";

store::Value blob_or_null(const std::string& bytes) {
  return bytes.empty() ? store::Value(nullptr) : store::Value::blob(bytes);
}

std::optional<LastError> read_error(const store::Rows& rows) {
  if (rows.is_null(32)) return std::nullopt;
  return LastError{.at_ms = rows.integer(32), .text = rows.string(33), .reference = rows.string(34)};
}

Bot read_bot(const store::Rows& rows) {
  boost::system::error_code ec;
  auto config = boost::json::parse(rows.text(7), ec);
  return {.id = rows.integer(0),
          .tenant_id = rows.integer(1),
          .bot_id = rows.string(2),
          .user_id = rows.string(3),
          .display_name = rows.string(4),
          .homeserver = rows.string(5),
          .brain_kind = rows.string(6),
          .brain_config = config.is_object() ? std::move(config.get_object()) : boost::json::object(),
          .sealed_secrets = std::string(rows.blob(8)),
          .sealed_password = std::string(rows.blob(9)),
          .flowise_url = rows.string(10),
          .owns_account = rows.integer(11) != 0,
          .driver = parse_driver(rows.text(23)),
          .restart = {.mode = parse_restart_mode(rows.text(24)).value_or(RestartPolicy::Mode::always),
                      .max_restarts = rows.integer(25),
                      .window_s = rows.integer(26)},
          .back_off = {.failures = rows.integer(27),
                       .window_ms = rows.integer(28),
                       .next_try_ms = rows.optional_integer(29)},
          .desired = parse_desired(rows.text(12)).value_or(DesiredState::stopped),
          .observed = parse_state(rows.text(13)).value_or(BotState::failed),
          .status_detail = rows.string(14),
          .since_ms = rows.integer(15),
          .restarts = rows.integer(16),
          .answered = rows.integer(17),
          .failed = rows.integer(18),
          .skipped = rows.integer(19),
          .tokens_in = rows.integer(30),
          .tokens_out = rows.integer(31),
          .last_turn_ms = rows.optional_integer(20),
          .last_error = read_error(rows),
          .bad_turns = rows.integer(35),
          .check_text = rows.string(36),
          .created_ms = rows.integer(21),
          .updated_ms = rows.integer(22)};
}

BotView read_view(const store::Rows& rows) {
  BotView view{.bot = read_bot(rows),
               .rooms = rows.integer(kBotColumns),
               .pending_turns = rows.integer(kBotColumns + 1),
               .task = std::nullopt};
  if (!rows.is_null(kBotColumns + 2)) {
    view.task = TaskInfo{.pid = rows.integer(kBotColumns + 2),
                         .started_ms = rows.integer(kBotColumns + 3),
                         .ended_ms = rows.optional_integer(kBotColumns + 4),
                         .exit = rows.string(kBotColumns + 5)};
  }
  return view;
}

HistoryRow read_history(const store::Rows& rows) {
  return {.id = rows.integer(0),
          .tenant_id = rows.integer(1),
          .bot = rows.integer(2),
          .bot_id = rows.string(3),
          .at_ms = rows.integer(4),
          .event = rows.string(5),
          .from = rows.string(6),
          .to = rows.string(7),
          .cause = rows.string(8),
          .actor = rows.string(9)};
}

std::optional<Bot> first_bot(store::Rows rows) {
  if (!rows.next()) return std::nullopt;
  return read_bot(rows);
}
std::optional<BotView> first_view(store::Rows rows) {
  if (!rows.next()) return std::nullopt;
  return read_view(rows);
}
std::int64_t first_integer(store::Rows rows) { return rows.next() ? rows.integer(0) : 0; }

std::vector<RoomRow> read_rooms(store::Rows rows) {
  std::vector<RoomRow> found;
  while (rows.next()) {
    found.push_back({.room_id = rows.string(0),
                     .bot = rows.integer(1),
                     .joined_pos = rows.integer(2),
                     .told_encrypted = rows.integer(3) != 0,
                     .inviter = rows.string(4)});
  }
  return found;
}

}  // namespace

std::int64_t next_ids(store::Tx& tx, std::string_view counter, std::int64_t count) {
  auto rows = tx.query(kNextId, counter, count);
  if (!rows.next()) throw store::SqlError("no counter named " + std::string(counter), false);
  auto id = rows.integer(0);
  while (rows.next()) {
  }
  return id;
}

void insert_bot(store::Tx& tx, const Bot& b) {
  tx.run(kInsertBot, b.id, b.tenant_id, b.bot_id, b.user_id, b.display_name, b.homeserver, b.brain_kind,
         boost::json::serialize(b.brain_config), blob_or_null(b.sealed_secrets), blob_or_null(b.sealed_password),
         b.flowise_url, b.owns_account, to_string(b.desired), to_string(b.observed), b.status_detail, b.since_ms,
         b.created_ms, b.updated_ms, to_string(b.driver), to_string(b.restart.mode), b.restart.max_restarts,
         b.restart.window_s);
}

void update_bot(store::Tx& tx, const Bot& b) {
  tx.run(kUpdateBot, b.id, b.display_name, b.brain_kind, boost::json::serialize(b.brain_config),
         blob_or_null(b.sealed_secrets), blob_or_null(b.sealed_password), b.flowise_url, b.updated_ms,
         to_string(b.driver), to_string(b.restart.mode), b.restart.max_restarts, b.restart.window_s);
}

void update_desired(store::Tx& tx, BotKey id, DesiredState desired, base::UnixMs now) {
  tx.run(kUpdateDesired, id, to_string(desired), now);
}

std::optional<States> states_of(store::Connection& c, BotKey id) {
  auto rows = c.query(kStates, id);
  if (!rows.next()) return std::nullopt;
  return States{.desired = parse_desired(rows.text(0)).value_or(DesiredState::stopped),
                .observed = parse_state(rows.text(1)).value_or(BotState::failed)};
}

void set_state(store::Tx& tx, BotKey id, const StateRow& row, bool counts_as_restart, base::UnixMs now) {
  tx.run(kSetState, id, to_string(row.observed), row.status_detail, counts_as_restart, row.since_ms, now,
         to_string(row.desired), row.back_off.failures, row.back_off.window_ms, row.back_off.next_try_ms);
}

void set_last_error(store::Tx& tx, BotKey id, const LastError& error) {
  tx.run(kSetError, id, error.at_ms, error.text, error.reference);
}

void set_check(store::Tx& tx, BotKey id, std::string_view text) { tx.run(kSetCheck, id, text); }
void forget_trouble(store::Tx& tx, BotKey id) { tx.run(kForgetTrouble, id); }

void delete_bot(store::Tx& tx, BotKey id) {
  delete_sessions(tx, id);
  tx.run(kDeleteTurnsOf, id);
  tx.run(kDeleteRoomsOf, id);
  tx.run(kDeleteInvitesOf, id);
  tx.run(kDeleteTaskOf, id);
  tx.run(kDeleteLogOf, id);
  tx.run(kDeleteUsageOf, id);
  tx.run(kDeleteBot, id);
}

void delete_orphans(store::Tx& tx) {
  tx.run(kOrphanRooms);
  tx.run(kOrphanInvites);
  tx.run(kOrphanTurns);
}

std::optional<Bot> bot_by_key(store::Connection& c, BotKey id) { return first_bot(c.query(kBotByKey, id)); }
std::optional<Bot> bot_by_id(store::Connection& c, std::int64_t tenant_id, std::string_view bot_id) {
  return first_bot(c.query(kBotById, tenant_id, bot_id));
}
bool user_is_bot(store::Connection& c, std::string_view user_id) {
  auto rows = c.query(kUserIsBot, user_id);
  return rows.next();
}
std::optional<BotView> bot_view(store::Connection& c, std::int64_t tenant_id, std::string_view bot_id) {
  return first_view(c.query(kViewById, tenant_id, bot_id));
}
std::optional<BotView> bot_view(store::Connection& c, BotKey id) { return first_view(c.query(kViewByKey, id)); }

BotPage bot_page(store::Connection& c, std::int64_t tenant_id, std::string_view search, std::string_view state,
                 std::int64_t from, std::int64_t limit) {
  auto wanted = base::ascii_lower(search);
  BotPage page;
  {
    auto rows = c.query(kBotPage, tenant_id, wanted, state, from, limit);
    while (rows.next()) page.items.push_back(read_view(rows));
  }
  page.total = first_integer(c.query(kBotPageCount, tenant_id, wanted, state));
  return page;
}

bool any_bot(store::Connection& c) {
  auto rows = c.query(kAnyBot);
  return rows.next();
}

std::vector<Bot> all_bots(store::Connection& c) {
  std::vector<Bot> bots;
  auto rows = c.query(kAllBots);
  while (rows.next()) bots.push_back(read_bot(rows));
  return bots;
}

BotCounts bot_counts(store::Connection& c, std::int64_t tenant_id) {
  auto rows = c.query(kBotCounts, tenant_id);
  if (!rows.next()) return {};
  return {.total = rows.integer(0),
          .running = rows.integer(1),
          .failed = rows.integer(2),
          .rooms = rows.integer(3),
          .troubled = rows.integer(4)};
}

std::int64_t insert_history(store::Tx& tx, const Bot& bot, std::string_view event, BotState from, BotState to,
                            std::string_view cause, std::string_view actor, base::UnixMs now) {
  auto id = next_id(tx, "history");
  insert_history(tx, id, bot, event, from, to, cause, actor, now);
  return id;
}

void insert_history(store::Tx& tx, std::int64_t id, const Bot& bot, std::string_view event, BotState from, BotState to,
                    std::string_view cause, std::string_view actor, base::UnixMs now) {
  tx.run(kInsertHistory, id, bot.tenant_id, bot.id, bot.bot_id, now, event, to_string(from), to_string(to), cause,
         actor);
}

HistoryPage history_page(store::Connection& c, std::int64_t tenant_id, BotKey bot, std::string_view search,
                         std::int64_t from, std::int64_t limit) {
  auto wanted = base::ascii_lower(search);
  std::ranges::replace(wanted, '_', ' ');
  HistoryPage page;
  {
    auto rows = c.query(kHistoryPage, tenant_id, bot, wanted, from, limit);
    while (rows.next()) page.items.push_back(read_history(rows));
  }
  page.total = first_integer(c.query(kHistoryCount, tenant_id, bot, wanted));
  return page;
}

std::vector<HistoryRow> history_after(store::Connection& c, std::int64_t tenant_id, std::int64_t after,
                                      std::int64_t limit) {
  std::vector<HistoryRow> found;
  auto rows = c.query(kHistoryAfter, tenant_id, after, limit);
  while (rows.next()) found.push_back(read_history(rows));
  return found;
}

std::int64_t newest_history(store::Connection& c, BotKey bot) { return first_integer(c.query(kNewestHistory, bot)); }

std::vector<HistoryRow> requests_after(store::Connection& c, std::int64_t after, std::int64_t limit) {
  std::vector<HistoryRow> found;
  auto rows = c.query(kRequests, after, limit);
  while (rows.next()) found.push_back(read_history(rows));
  return found;
}
std::int64_t prune_history(store::Tx& tx, base::UnixMs before, std::int64_t limit) {
  return tx.run(kPruneHistory, before, limit);
}

std::int64_t last_history(store::Connection& c) { return first_integer(c.query(kLastHistory)); }

void insert_room(store::Tx& tx, const RoomRow& room, std::int64_t tenant_id) {
  tx.run(kInsertRoom, room.room_id, room.bot, tenant_id, room.joined_pos, room.inviter);
  tx.run(kDeleteInvite, room.room_id, room.bot);
}
void insert_invite(store::Tx& tx, std::string_view room_id, BotKey bot, std::string_view inviter,
                   std::int64_t tenant_id) {
  tx.run(kInsertInvite, room_id, bot, tenant_id, inviter);
}
void delete_invite(store::Tx& tx, std::string_view room_id, BotKey bot) { tx.run(kDeleteInvite, room_id, bot); }
std::string inviter_of(store::Connection& c, std::string_view room_id, BotKey bot) {
  auto rows = c.query(kInviter, room_id, bot);
  return rows.next() ? rows.string(0) : std::string();
}
void delete_room(store::Tx& tx, std::string_view room_id, BotKey bot) { tx.run(kDeleteRoom, room_id, bot); }
void mark_told_encrypted(store::Tx& tx, std::string_view room_id, BotKey bot) { tx.run(kToldEncrypted, room_id, bot); }
std::vector<RoomRow> all_rooms(store::Connection& c) { return read_rooms(c.query(kAllRooms)); }
std::vector<RoomRow> rooms_of(store::Connection& c, BotKey bot) { return read_rooms(c.query(kRoomsOf, bot)); }

}  // namespace troupe::fleet
