#include "assistant/surfaces/schedule_store.h"

#include "store/words.h"

namespace troupe::assistant::surfaces::schedule_store {
namespace {

using namespace store::words;

constexpr auto kSchedule = store::columns(
    column("id", &Schedule::id), column("number", &Schedule::number), column("tenant_id", &Schedule::tenant_id),
    column("owner_id", &Schedule::owner_id), column("surface", &Schedule::surface),
    column("session", &Schedule::session), column("person", &Schedule::person),
    column<store::Json>("place", &Schedule::place), column<store::Json>("rules", &Schedule::rules),
    column("cron", &Schedule::cron), column("zone", &Schedule::zone), column("text", &Schedule::text),
    column("made_by", &Schedule::made_by), column<store::Json>("thread", &Schedule::thread),
    column("next_ms", &Schedule::next_ms), column("wait_ms", &Schedule::wait_ms));
constexpr auto kFromSchedules = sql("SELECT ", kSchedule, " FROM as_schedule WHERE ");
constexpr auto kInsertSchedule = store::insert("as_schedule", kSchedule);
constexpr auto kMadeBy = sql(kFromSchedules, "tenant_id = ?1 AND owner_id = ?2 AND made_by = ?3 LIMIT 1");
constexpr auto kFindSchedule = sql(kFromSchedules, "id = ?1");
constexpr auto kOfPerson = sql(kFromSchedules,
                               "tenant_id = ?1 AND owner_id = ?2 AND surface = ?3 AND session = ?4 "
                               "ORDER BY next_ms, id LIMIT ?5");
constexpr auto kDueSchedules =
    sql(kFromSchedules, "surface = ?1 AND next_ms <= ?2 AND wait_ms <= ?2 ORDER BY next_ms, id LIMIT ?3");

}  // namespace

void insert(store::Tx& tx, const Schedule& schedule) { store::run_insert(tx, kInsertSchedule, kSchedule, schedule); }

std::optional<Schedule> made_by(store::Connection& c, const tasks::Who& who, std::string_view key) {
  return store::one(c.query(kMadeBy, who.tenant_id, who.principal_id, key), kSchedule);
}

std::optional<Schedule> find(store::Connection& c, std::string_view id) {
  return store::one(c.query(kFindSchedule, id), kSchedule);
}

std::int64_t count(store::Connection& c, const tasks::Who& who) {
  return store::number(c.query("SELECT COUNT(*) FROM as_schedule WHERE tenant_id = ?1 AND owner_id = ?2", who.tenant_id,
                               who.principal_id));
}

std::int64_t last_number(store::Connection& c, const tasks::Who& who) {
  return store::number(
      c.query("SELECT COALESCE(MAX(number), 0) FROM as_schedule WHERE tenant_id = ?1 AND owner_id = ?2", who.tenant_id,
              who.principal_id));
}

std::vector<Schedule> of_person(store::Connection& c, const tasks::Who& who, const Session& session,
                                std::int64_t limit) {
  return store::all(c.query(kOfPerson, who.tenant_id, who.principal_id, session.surface, session.name, limit),
                    kSchedule);
}

bool remove(store::Tx& tx, const tasks::Who& who, const Session& session, std::int64_t number) {
  return tx.run(
             "DELETE FROM as_schedule WHERE tenant_id = ?1 AND owner_id = ?2 AND surface = ?3 AND session = ?4 "
             "AND number = ?5",
             who.tenant_id, who.principal_id, session.surface, session.name, number) > 0;
}

void remove(store::Tx& tx, std::string_view id) { tx.run("DELETE FROM as_schedule WHERE id = ?1", id); }

std::vector<Schedule> due(store::Connection& c, std::string_view surface, base::UnixMs now, std::int64_t limit) {
  return store::all(c.query(kDueSchedules, surface, now, limit), kSchedule);
}

void keep_thread(store::Tx& tx, std::string_view id, const tasks::JsonObject& thread) {
  tx.run("UPDATE as_schedule SET thread = ?2 WHERE id = ?1", id, boost::json::serialize(thread));
}

void put_off(store::Tx& tx, std::string_view id, base::UnixMs until) {
  tx.run("UPDATE as_schedule SET wait_ms = ?2 WHERE id = ?1", id, until);
}

bool advance(store::Tx& tx, std::string_view id, base::UnixMs due, base::UnixMs next) {
  return tx.run("UPDATE as_schedule SET next_ms = ?3 WHERE id = ?1 AND next_ms = ?2", id, due, next) > 0;
}

}  // namespace troupe::assistant::surfaces::schedule_store
