#include "fleet/own_accord/schedule_store.h"

#include "fleet/bots/bot_store.h"

namespace troupe::fleet {
namespace {

#define SCHEDULE_COLUMNS                                                                                         \
  "s.id, s.bot, s.tenant_id, s.room_id, s.number, s.user_id, s.cron, s.zone, s.text, s.thread_root, s.next_ms, " \
  "s.state, s.made_by_event, s.ended_by_event, s.created_ms"
constexpr int kScheduleColumns = 15;

constexpr std::string_view kNextNumber =
    "SELECT COALESCE(MAX(number), 0) + 1 FROM fleet_schedule WHERE bot = ?1 AND room_id = ?2";
constexpr std::string_view kInsert =
    "INSERT INTO fleet_schedule (id, bot, tenant_id, room_id, number, user_id, cron, zone, text, thread_root, next_ms, "
    "state, made_by_event, ended_by_event, created_ms, updated_ms) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'active', ?12, '', ?13, ?13)";
constexpr std::string_view kMadeBy =
    "SELECT " SCHEDULE_COLUMNS " FROM fleet_schedule s WHERE s.bot = ?1 AND s.made_by_event = ?2";
constexpr std::string_view kEndedBy =
    "SELECT " SCHEDULE_COLUMNS " FROM fleet_schedule s WHERE s.bot = ?1 AND s.ended_by_event = ?2";
constexpr std::string_view kOnceOf =
    "SELECT " SCHEDULE_COLUMNS
    " FROM fleet_schedule s WHERE s.bot = ?1 AND s.room_id = ?2 AND s.state = 'active' AND s.cron = '' "
    "ORDER BY s.next_ms, s.id LIMIT ?3";
constexpr std::string_view kCronOf =
    "SELECT " SCHEDULE_COLUMNS
    " FROM fleet_schedule s WHERE s.bot = ?1 AND s.room_id = ?2 AND s.state = 'active' AND s.cron <> '' "
    "ORDER BY s.next_ms, s.id LIMIT ?3";
constexpr std::string_view kActive =
    "SELECT " SCHEDULE_COLUMNS
    " FROM fleet_schedule s WHERE s.bot = ?1 AND s.room_id = ?2 AND s.number = ?3 AND s.state = 'active'";
constexpr std::string_view kCountRoom =
    "SELECT COUNT(*) FROM fleet_schedule WHERE bot = ?1 AND room_id = ?2 AND state = 'active'";
constexpr std::string_view kCountUser =
    "SELECT COUNT(*) FROM fleet_schedule WHERE bot = ?1 AND user_id = ?2 AND state = 'active'";
constexpr std::string_view kCancel =
    "UPDATE fleet_schedule SET state = 'cancelled', ended_by_event = ?2, updated_ms = ?3 "
    "WHERE id = ?1 AND state = 'active'";
constexpr std::string_view kDue = "SELECT " SCHEDULE_COLUMNS
                                  ", b.bot_id FROM fleet_schedule s JOIN fleet_bot b ON b.id = s.bot "
                                  "WHERE s.state = 'active' AND s.next_ms <= ?1 AND b.observed_state IN ('running', "
                                  "'degraded') ORDER BY s.next_ms, s.id LIMIT ?2";
constexpr std::string_view kNextDue = "SELECT MIN(next_ms) FROM fleet_schedule WHERE state = 'active' AND next_ms > ?1";
constexpr std::string_view kAdvance =
    "UPDATE fleet_schedule SET next_ms = ?3, updated_ms = ?4 WHERE id = ?1 AND next_ms = ?2 AND state = 'active'";
constexpr std::string_view kEnd =
    "UPDATE fleet_schedule SET state = 'done', updated_ms = ?3 WHERE id = ?1 AND next_ms = ?2 AND state = 'active'";
constexpr std::string_view kPruneOld = "DELETE FROM fleet_schedule WHERE state <> 'active' AND updated_ms < ?1";
constexpr std::string_view kPruneOrphans = "DELETE FROM fleet_schedule WHERE bot NOT IN (SELECT id FROM fleet_bot)";
constexpr std::string_view kPruneZones = "DELETE FROM fleet_user_zone WHERE bot NOT IN (SELECT id FROM fleet_bot)";
constexpr std::string_view kBotKey = "SELECT id, tenant_id FROM fleet_bot WHERE user_id = ?1";
constexpr std::string_view kZone = "SELECT zone FROM fleet_user_zone WHERE bot = ?1 AND user_id = ?2";
constexpr std::string_view kSetZone =
    "INSERT INTO fleet_user_zone (bot, tenant_id, user_id, zone) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (bot, user_id) DO UPDATE SET zone = excluded.zone";

Schedule read_schedule(const store::Rows& rows) {
  auto state = rows.text(11);
  return {.id = rows.integer(0),
          .bot = rows.integer(1),
          .tenant_id = rows.integer(2),
          .room_id = rows.string(3),
          .number = rows.integer(4),
          .user_id = rows.string(5),
          .cron = rows.string(6),
          .zone = rows.string(7),
          .text = rows.string(8),
          .thread_root = rows.string(9),
          .next_ms = rows.integer(10),
          .state = state == "active" ? ScheduleState::active
                   : state == "done" ? ScheduleState::done
                                     : ScheduleState::cancelled,
          .made_by_event = rows.string(12),
          .ended_by_event = rows.string(13),
          .created_ms = rows.integer(14)};
}

std::optional<Schedule> first(store::Rows rows) {
  if (!rows.next()) return std::nullopt;
  return read_schedule(rows);
}

std::int64_t number_in(store::Rows rows) { return rows.next() ? rows.integer(0) : 0; }

}  // namespace

void insert_schedule(store::Tx& tx, Schedule& schedule) {
  schedule.id = next_id(tx, "schedule");
  schedule.number = number_in(tx.query(kNextNumber, schedule.bot, schedule.room_id));
  tx.run(kInsert, schedule.id, schedule.bot, schedule.tenant_id, schedule.room_id, schedule.number, schedule.user_id,
         schedule.cron, schedule.zone, schedule.text, schedule.thread_root, schedule.next_ms, schedule.made_by_event,
         schedule.created_ms);
}

std::optional<Schedule> schedule_made_by(store::Connection& c, BotKey bot, std::string_view event_id) {
  return first(c.query(kMadeBy, bot, event_id));
}

std::optional<Schedule> schedule_ended_by(store::Connection& c, BotKey bot, std::string_view event_id) {
  return first(c.query(kEndedBy, bot, event_id));
}

std::vector<Schedule> schedules_of(store::Connection& c, BotKey bot, std::string_view room_id, bool once,
                                   std::int64_t limit) {
  std::vector<Schedule> found;
  auto rows = c.query(once ? kOnceOf : kCronOf, bot, room_id, limit);
  while (rows.next()) found.push_back(read_schedule(rows));
  return found;
}

std::optional<Schedule> active_schedule(store::Connection& c, BotKey bot, std::string_view room_id, std::int64_t number,
                                        bool once) {
  auto found = first(c.query(kActive, bot, room_id, number));
  if (!found || found->cron.empty() != once) return std::nullopt;
  return found;
}

ScheduleCounts count_schedules(store::Connection& c, BotKey bot, std::string_view room_id, std::string_view user_id) {
  return {.room = number_in(c.query(kCountRoom, bot, room_id)), .user = number_in(c.query(kCountUser, bot, user_id))};
}

void cancel_schedule(store::Tx& tx, std::int64_t id, std::string_view event_id, base::UnixMs now) {
  tx.run(kCancel, id, event_id, now);
}

std::vector<DueSchedule> due_schedules(store::Connection& c, base::UnixMs now, std::int64_t limit) {
  std::vector<DueSchedule> due;
  auto rows = c.query(kDue, now, limit);
  while (rows.next()) due.push_back({read_schedule(rows), rows.string(kScheduleColumns)});
  return due;
}

std::optional<base::UnixMs> next_due(store::Connection& c, base::UnixMs after) {
  auto rows = c.query(kNextDue, after);
  if (!rows.next()) return std::nullopt;
  return rows.optional_integer(0);
}

bool advance_schedule(store::Tx& tx, std::int64_t id, base::UnixMs due, std::optional<base::UnixMs> next,
                      base::UnixMs now) {
  return next ? tx.run(kAdvance, id, due, *next, now) > 0 : tx.run(kEnd, id, due, now) > 0;
}

void prune_schedules(store::Tx& tx, base::UnixMs before) {
  tx.run(kPruneOld, before);
  tx.run(kPruneOrphans);
  tx.run(kPruneZones);
}

std::optional<BotKey> bot_key_of(store::Connection& c, std::string_view bot_user_id, std::int64_t& tenant_id) {
  auto rows = c.query(kBotKey, bot_user_id);
  if (!rows.next()) return std::nullopt;
  tenant_id = rows.integer(1);
  return rows.integer(0);
}

std::optional<std::string> user_zone(store::Connection& c, BotKey bot, std::string_view user_id) {
  auto rows = c.query(kZone, bot, user_id);
  if (!rows.next()) return std::nullopt;
  return rows.string(0);
}

void set_user_zone(store::Tx& tx, BotKey bot, std::int64_t tenant_id, std::string_view user_id, std::string_view zone) {
  tx.run(kSetZone, bot, tenant_id, user_id, zone);
}

}  // namespace troupe::fleet
