#include "fleet/bots/schedule_store.h"

#include <array>

#include "fleet/bots/bot_store.h"
#include "store/words.h"

namespace troupe::fleet::bots {
namespace {

using namespace store::words;

constexpr std::array<std::string_view, 3> kScheduleStates{"active", "done", "cancelled"};  // ScheduleState

constexpr auto kSchedule = store::columns(
    "s", column("id", &Schedule::id), column("bot", &Schedule::bot), column("tenant_id", &Schedule::tenant_id),
    column("room_id", &Schedule::room_id), column("number", &Schedule::number), column("user_id", &Schedule::user_id),
    column("cron", &Schedule::cron), column("zone", &Schedule::zone), column("text", &Schedule::text),
    column("thread_root", &Schedule::thread_root), column("next_ms", &Schedule::next_ms),
    column<store::Listed<kScheduleStates, ScheduleState::cancelled>>("state", &Schedule::state),
    column("made_by_event", &Schedule::made_by_event), column("ended_by_event", &Schedule::ended_by_event),
    column("created_ms", &Schedule::created_ms));
constexpr auto kDueColumns =
    store::columns("b", store::part(&DueSchedule::schedule, kSchedule), column("bot_id", &DueSchedule::bot_id));
constexpr auto kFrom = sql("SELECT ", kSchedule, " FROM fleet_schedule s WHERE s.bot = ?1 AND ");

constexpr auto kInsertSchedule = store::insert("fleet_schedule", kSchedule, "updated_ms");
constexpr auto kMadeBy = sql(kFrom, "s.made_by_event = ?2");
constexpr auto kEndedBy = sql(kFrom, "s.ended_by_event = ?2");
constexpr auto kOnceOf =
    sql(kFrom, "s.room_id = ?2 AND s.state = 'active' AND s.cron = '' ORDER BY s.next_ms, s.id LIMIT ?3");
constexpr auto kCronOf =
    sql(kFrom, "s.room_id = ?2 AND s.state = 'active' AND s.cron <> '' ORDER BY s.next_ms, s.id LIMIT ?3");
constexpr auto kActive = sql(kFrom, "s.room_id = ?2 AND s.number = ?3 AND s.state = 'active'");
constexpr auto kDue = sql("SELECT ", kDueColumns,
                          " FROM fleet_schedule s JOIN fleet_bot b ON b.id = s.bot WHERE s.state = 'active' AND "
                          "s.next_ms <= ?1 AND b.observed_state IN ('running', 'degraded') "
                          "ORDER BY s.next_ms, s.id LIMIT ?2");

}  // namespace

void insert_schedule(store::Tx& tx, Schedule& schedule) {
  schedule.id = next_id(tx, "schedule");
  schedule.number =
      store::number(tx.query("SELECT COALESCE(MAX(number), 0) + 1 FROM fleet_schedule WHERE bot = ?1 AND room_id = ?2",
                             schedule.bot, schedule.room_id));
  store::run_insert(tx, kInsertSchedule, kSchedule, schedule, schedule.created_ms);
}

std::optional<Schedule> schedule_made_by(store::Connection& c, BotKey bot, std::string_view event_id) {
  return store::one(c.query(kMadeBy, bot, event_id), kSchedule);
}

std::optional<Schedule> schedule_ended_by(store::Connection& c, BotKey bot, std::string_view event_id) {
  return store::one(c.query(kEndedBy, bot, event_id), kSchedule);
}

std::vector<Schedule> schedules_of(store::Connection& c, BotKey bot, std::string_view room_id, bool once,
                                   std::int64_t limit) {
  const std::string_view query = once ? std::string_view(kOnceOf) : kCronOf;
  return store::all(c.query(query, bot, room_id, limit), kSchedule);
}

std::optional<Schedule> active_schedule(store::Connection& c, BotKey bot, std::string_view room_id, std::int64_t number,
                                        bool once) {
  auto found = store::one(c.query(kActive, bot, room_id, number), kSchedule);
  if (!found || found->cron.empty() != once) return std::nullopt;
  return found;
}

ScheduleCounts count_schedules(store::Connection& c, BotKey bot, std::string_view room_id, std::string_view user_id) {
  return {
      .room = store::number(c.query(
          "SELECT COUNT(*) FROM fleet_schedule WHERE bot = ?1 AND room_id = ?2 AND state = 'active'", bot, room_id)),
      .user = store::number(c.query(
          "SELECT COUNT(*) FROM fleet_schedule WHERE bot = ?1 AND user_id = ?2 AND state = 'active'", bot, user_id))};
}

void cancel_schedule(store::Tx& tx, std::int64_t id, std::string_view event_id, base::UnixMs now) {
  tx.run(
      "UPDATE fleet_schedule SET state = 'cancelled', ended_by_event = ?2, updated_ms = ?3 WHERE id = ?1 "
      "AND state = 'active'",
      id, event_id, now);
}

std::vector<DueSchedule> due_schedules(store::Connection& c, base::UnixMs now, std::int64_t limit) {
  return store::all(c.query(kDue, now, limit), kDueColumns);
}

std::optional<base::UnixMs> next_due(store::Connection& c, base::UnixMs after) {
  return store::value<base::UnixMs>(
      c.query("SELECT MIN(next_ms) FROM fleet_schedule WHERE state = 'active' AND next_ms > ?1", after));
}

bool advance_schedule(store::Tx& tx, std::int64_t id, base::UnixMs due, std::optional<base::UnixMs> next,
                      base::UnixMs now) {
  return next ? tx.run(
                    "UPDATE fleet_schedule SET next_ms = ?3, updated_ms = ?4 WHERE id = ?1 AND next_ms = ?2 "
                    "AND state = 'active'",
                    id, due, *next, now) > 0
              : tx.run(
                    "UPDATE fleet_schedule SET state = 'done', updated_ms = ?3 WHERE id = ?1 AND next_ms = ?2 "
                    "AND state = 'active'",
                    id, due, now) > 0;
}

void prune_schedules(store::Tx& tx, base::UnixMs before) {
  tx.run("DELETE FROM fleet_schedule WHERE state <> 'active' AND updated_ms < ?1", before);
  tx.run("DELETE FROM fleet_schedule WHERE bot NOT IN (SELECT id FROM fleet_bot)");
  tx.run("DELETE FROM fleet_user_zone WHERE bot NOT IN (SELECT id FROM fleet_bot)");
}

std::optional<BotKey> bot_key_of(store::Connection& c, std::string_view bot_user_id, std::int64_t& tenant_id) {
  auto rows = c.query("SELECT id, tenant_id FROM fleet_bot WHERE user_id = ?1", bot_user_id);
  if (!rows.next()) return std::nullopt;
  BotKey bot = 0;
  rows >> bot >> tenant_id;
  return bot;
}

std::optional<std::string> user_zone(store::Connection& c, BotKey bot, std::string_view user_id) {
  return store::value<std::string>(
      c.query("SELECT zone FROM fleet_user_zone WHERE bot = ?1 AND user_id = ?2", bot, user_id));
}

void set_user_zone(store::Tx& tx, BotKey bot, std::int64_t tenant_id, std::string_view user_id, std::string_view zone) {
  tx.run(
      "INSERT INTO fleet_user_zone (bot, tenant_id, user_id, zone) VALUES (?1, ?2, ?3, ?4) "
      "ON CONFLICT (bot, user_id) DO UPDATE SET zone = excluded.zone",
      bot, tenant_id, user_id, zone);
}

}  // namespace troupe::fleet::bots
