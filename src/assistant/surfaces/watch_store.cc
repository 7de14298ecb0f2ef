#include "assistant/surfaces/watch_store.h"

#include "store/words.h"

namespace troupe::assistant::surfaces::watch_store {
namespace {

using namespace store::words;

constexpr auto kWatch = store::columns(
    column("task_id", &Watch::task_id), column("tenant_id", &Watch::tenant_id), column("owner_id", &Watch::owner_id),
    column("owner", &Watch::owner), column("surface", &Watch::surface), column("session", &Watch::session),
    column("person", &Watch::person), column("about", &Watch::about), column<store::Json>("place", &Watch::place),
    column("told", &Watch::told), column("digest", &Watch::digest), column("settled_by", &Watch::settled_by),
    column("hold_ms", &Watch::hold_ms), column("look_ms", &Watch::look_ms), column("updated_ms", &Watch::updated_ms));
constexpr auto kFrom = sql("SELECT ", kWatch, " FROM as_watch WHERE ");
constexpr auto kInsert = store::insert("as_watch", kWatch);
constexpr std::string_view kRemove = "DELETE FROM as_watch WHERE task_id = ?1";
constexpr auto kOfTask = sql(kFrom, "task_id = ?1");
constexpr auto kNewest = sql(kFrom,
                             "surface = ?1 AND session = ?2 AND person = ?3 AND look_ms IS NOT NULL "
                             "ORDER BY updated_ms DESC, task_id DESC LIMIT 1");
constexpr auto kAbout = sql(kFrom, "surface = ?1 AND session = ?2 AND about = ?3 ORDER BY updated_ms DESC LIMIT 1");
constexpr auto kSettled = sql(kFrom, "surface = ?1 AND session = ?2 AND settled_by = ?3 LIMIT 1");
constexpr auto kDue = sql(kFrom, "look_ms <= ?1 AND hold_ms <= ?1 ORDER BY look_ms, task_id LIMIT ?2");

}  // namespace

void put(store::Tx& tx, const Watch& watch) {
  tx.run(kRemove, watch.task_id);
  store::run_insert(tx, kInsert, kWatch, watch);
}

std::optional<Watch> of_task(store::Connection& c, std::string_view task_id) {
  return store::one(c.query(kOfTask, task_id), kWatch);
}

std::optional<Watch> newest_of(store::Connection& c, const Session& session, std::string_view person) {
  return store::one(c.query(kNewest, session.surface, session.name, person), kWatch);
}

std::optional<Watch> about(store::Connection& c, const Session& session, std::string_view about) {
  return store::one(c.query(kAbout, session.surface, session.name, about), kWatch);
}

std::optional<Watch> settled_by(store::Connection& c, const Session& session, std::string_view key) {
  return store::one(c.query(kSettled, session.surface, session.name, key), kWatch);
}

void hold(store::Tx& tx, std::string_view task_id, std::string_view key, base::UnixMs until, base::UnixMs now) {
  tx.run("UPDATE as_watch SET settled_by = ?2, hold_ms = ?3, updated_ms = ?4 WHERE task_id = ?1", task_id, key, until,
         now);
}

std::vector<Watch> due(store::Connection& c, base::UnixMs now, std::int64_t limit) {
  return store::all(c.query(kDue, now, limit), kWatch);
}

void look_at(store::Tx& tx, std::string_view task_id, base::UnixMs at) {
  tx.run("UPDATE as_watch SET look_ms = ?2 WHERE task_id = ?1 AND look_ms IS NOT NULL", task_id, at);
}

void remove(store::Tx& tx, std::string_view task_id) { tx.run(kRemove, task_id); }

std::int64_t prune(store::Tx& tx, base::UnixMs before, std::int64_t limit) {
  return tx.run(
      "DELETE FROM as_watch WHERE task_id IN (SELECT task_id FROM as_watch WHERE updated_ms < ?1 "
      "ORDER BY updated_ms LIMIT ?2)",
      before, limit);
}

}  // namespace troupe::assistant::surfaces::watch_store
