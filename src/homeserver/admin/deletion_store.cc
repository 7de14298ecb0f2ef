#include "homeserver/admin/deletion_store.h"

#include "homeserver/admin/room_size_store.h"
#include "store/columns.h"

namespace troupe::homeserver::admin::deletion_store {
namespace {

using store::column;
using store::computed;
using store::sql;

constexpr auto kDeletion =
    store::columns(column("delete_id", &DeletionRow::delete_id), column("kind", &DeletionRow::kind),
                   column("room_id", &DeletionRow::room_id), column("status", &DeletionRow::status),
                   column<store::Json>("request", &DeletionRow::request),
                   column<store::Json>("result", &DeletionRow::result), column("made_ms", &DeletionRow::made_ms));
constexpr auto kInsert = store::insert("hs_deletion", kDeletion);
constexpr auto kFindDeletion = sql("SELECT ", kDeletion, " FROM hs_deletion WHERE delete_id = ?1");
constexpr auto kOfRoom =
    sql("SELECT ", kDeletion, " FROM hs_deletion WHERE room_id = ?1 AND kind = ?2 ORDER BY made_ms LIMIT 1000");
constexpr auto kNewest = sql("SELECT ", kDeletion, " FROM hs_deletion ORDER BY made_ms DESC, delete_id LIMIT ?1");

constexpr std::string_view kForgetProgress =
    "DELETE FROM hs_deletion_progress WHERE NOT EXISTS "
    "(SELECT 1 FROM hs_deletion d WHERE d.delete_id = hs_deletion_progress.delete_id)";

constexpr auto kProgress = store::columns(
    computed("d.delete_id", &DeletionProgress::delete_id), computed("d.room_id", &DeletionProgress::room_id),
    computed("d.status", &DeletionProgress::status), computed("d.made_ms", &DeletionProgress::made_ms),
    computed("d.ended_ms", &DeletionProgress::ended_ms),
    computed("CASE WHEN d.status = 3 THEN d.result ELSE '' END", &DeletionProgress::failure),
    computed("COALESCE(p.name, '')", &DeletionProgress::name),
    computed("COALESCE(p.people, 0)", &DeletionProgress::people),
    computed("COALESCE(p.people_out, 0)", &DeletionProgress::people_out),
    computed("COALESCE(p.events, 0)", &DeletionProgress::events),
    computed("COALESCE(p.events_removed, 0)", &DeletionProgress::events_removed));
constexpr auto kFromProgress =
    sql("SELECT ", kProgress, " FROM hs_deletion d LEFT JOIN hs_deletion_progress p ON p.delete_id = d.delete_id ");
constexpr auto kNewestProgress =
    sql(kFromProgress, "WHERE d.kind = 0 ORDER BY d.made_ms DESC, d.delete_id LIMIT ?1 OFFSET ?2");
constexpr auto kFindProgress = sql(kFromProgress, "WHERE d.kind = 0 AND d.delete_id = ?1");

constexpr std::string_view kDeleteRelations =
    "DELETE FROM hs_relation WHERE (parent, rel_type, pos) IN (SELECT r.parent, r.rel_type, r.pos FROM hs_relation r "
    "JOIN hs_timeline t ON t.pos = r.parent WHERE t.room = ?1 AND t.pos <= ?2 LIMIT ?3)";
constexpr std::string_view kDeleteMessageRelations =
    "DELETE FROM hs_relation WHERE (parent, rel_type, pos) IN (SELECT r.parent, r.rel_type, r.pos FROM hs_relation r "
    "JOIN hs_timeline t ON t.pos = r.parent WHERE t.room = ?1 AND t.pos > ?2 AND t.pos <= ?3 AND (t.flags & 4) = 0 "
    "LIMIT ?4)";

std::int64_t as_limit(std::size_t limit) { return static_cast<std::int64_t>(limit); }
std::size_t count(std::int64_t rows) { return static_cast<std::size_t>(rows); }

}  // namespace

void insert(store::Tx& tx, const DeletionRow& row) { store::run_insert(tx, kInsert, kDeletion, row); }

std::optional<DeletionRow> find(store::Connection& connection, std::string_view delete_id) {
  return store::one(connection.query(kFindDeletion, delete_id), kDeletion);
}

std::vector<DeletionRow> of_room(store::Connection& connection, DeletionKind kind, std::string_view room_id) {
  return store::all(connection.query(kOfRoom, room_id, static_cast<std::int64_t>(kind)), kDeletion);
}

std::vector<DeletionRow> newest(store::Connection& connection, std::size_t limit) {
  return store::all(connection.query(kNewest, as_limit(limit)), kDeletion);
}

std::vector<std::string> unfinished(store::Connection& connection, std::size_t limit) {
  return store::values<std::string>(connection.query(
      "SELECT delete_id FROM hs_deletion WHERE status < 2 ORDER BY made_ms LIMIT ?1", as_limit(limit)));
}

void update(store::Tx& tx, const DeletionRow& row, std::optional<std::int64_t> ended_ms) {
  tx.run("UPDATE hs_deletion SET status = ?2, result = ?3, ended_ms = ?4 WHERE delete_id = ?1", row.delete_id,
         static_cast<std::int64_t>(row.status), boost::json::serialize(row.result), ended_ms);
}

bool is_open(store::Connection& connection, std::string_view delete_id) {
  return store::any(connection.query("SELECT 1 FROM hs_deletion WHERE delete_id = ?1 AND status < 2", delete_id));
}

void begin_progress(store::Tx& tx, std::string_view delete_id, const DeletionSize& size) {
  tx.run(
      "INSERT INTO hs_deletion_progress (delete_id, name, people, people_out, events, events_removed) "
      "VALUES (?1, ?2, ?3, 0, ?4, 0) ON CONFLICT (delete_id) DO NOTHING",
      delete_id, size.name, size.people, size.events);
}
void add_people_out(store::Tx& tx, std::string_view delete_id, std::size_t people) {
  tx.run("UPDATE hs_deletion_progress SET people_out = people_out + ?2 WHERE delete_id = ?1", delete_id,
         static_cast<std::int64_t>(people));
}
void add_events_removed(store::Tx& tx, std::string_view delete_id, std::size_t events) {
  tx.run("UPDATE hs_deletion_progress SET events_removed = events_removed + ?2 WHERE delete_id = ?1", delete_id,
         static_cast<std::int64_t>(events));
}

std::vector<DeletionProgress> progress(store::Connection& connection, std::int64_t from, std::int64_t limit) {
  return store::all(connection.query(kNewestProgress, limit, from), kProgress);
}
std::int64_t count_progress(store::Connection& connection) {
  return store::number(connection.query("SELECT count(*) FROM hs_deletion WHERE kind = 0"));
}
std::optional<DeletionProgress> find_progress(store::Connection& connection, std::string_view delete_id) {
  return store::one(connection.query(kFindProgress, delete_id), kProgress);
}
std::int64_t count_events(store::Connection& connection, memory::RoomNum room) {
  return store::number(connection.query(
      "SELECT count(*) FROM (SELECT 1 FROM hs_timeline WHERE room = ?1 LIMIT ?2) AS counted", room, kMostCounted));
}

std::size_t forget_ended(store::Tx& tx, std::int64_t before_ms, std::size_t limit) {
  const auto gone =
      count(tx.run("DELETE FROM hs_deletion WHERE delete_id IN (SELECT delete_id FROM hs_deletion "
                   "WHERE ended_ms IS NOT NULL AND ended_ms < ?1 ORDER BY ended_ms LIMIT ?2)",
                   before_ms, as_limit(limit)));
  if (gone > 0) tx.run(kForgetProgress);
  return gone;
}

std::vector<memory::RoomNum> purged_rooms(store::Connection& connection, Swept swept, std::int64_t before_ms,
                                          std::size_t limit) {
  return store::values<memory::RoomNum>(
      connection.query("SELECT room FROM hs_purged_room WHERE swept < 2 AND swept = ?1 AND purged_ms < ?2 "
                       "ORDER BY purged_ms LIMIT ?3",
                       static_cast<std::int64_t>(swept), before_ms, as_limit(limit)));
}

std::vector<memory::RoomNum> purged_rooms_of(store::Connection& connection, std::string_view room_id) {
  return store::values<memory::RoomNum>(
      connection.query("SELECT room FROM hs_purged_room WHERE room_id = ?1 AND swept = 0 ORDER BY room", room_id));
}

void set_swept(store::Tx& tx, memory::RoomNum room, Swept swept) {
  tx.run("UPDATE hs_purged_room SET swept = ?2 WHERE room = ?1 AND swept < ?2", room, static_cast<std::int64_t>(swept));
}

std::size_t sweep_events(store::Tx& tx, search::Engine engine, memory::RoomNum room, std::size_t limit) {
  auto oldest = store::values<StreamPos>(
      tx.query("SELECT pos FROM hs_timeline WHERE room = ?1 ORDER BY pos LIMIT ?2", room, as_limit(limit)));
  if (!oldest.empty() && oldest.back() == memory::event_store::newest_pos(tx)) oldest.pop_back();
  if (oldest.empty()) return 0;
  // An event may have any number of relations: they go first, over several rounds if need be.
  if (const auto relations = count(tx.run(kDeleteRelations, room, oldest.back(), as_limit(limit))); relations == limit)
    return limit;
  search::search_store::forget_texts(tx, engine, oldest);
  tx.run("DELETE FROM hs_event WHERE pos IN (SELECT pos FROM hs_timeline WHERE room = ?1 AND pos <= ?2)", room,
         oldest.back());
  return count(tx.run("DELETE FROM hs_timeline WHERE room = ?1 AND pos <= ?2", room, oldest.back()));
}

HistoryPiece sweep_history(store::Tx& tx, search::Engine engine, memory::RoomNum room, StreamPos after,
                           StreamPos before, std::size_t limit) {
  const auto messages = store::values<StreamPos>(
      tx.query("SELECT pos FROM hs_timeline WHERE room = ?1 AND pos > ?2 AND pos < ?3 AND (flags & 4) = 0 "
               "ORDER BY pos LIMIT ?4",
               room, after, before, as_limit(limit)));
  if (messages.empty()) return {.rows = 0, .swept_upto = after};
  const auto last = messages.back();
  if (count(tx.run(kDeleteMessageRelations, room, after, last, as_limit(limit))) == limit)
    return {.rows = limit, .swept_upto = after};
  search::search_store::forget_texts(tx, engine, messages);
  room_size_store::take_messages(tx, room, after, last);
  tx.run(
      "DELETE FROM hs_event WHERE pos IN (SELECT pos FROM hs_timeline WHERE room = ?1 AND pos > ?2 "
      "AND pos <= ?3 AND (flags & 4) = 0)",
      room, after, last);
  tx.run("DELETE FROM hs_timeline WHERE room = ?1 AND pos > ?2 AND pos <= ?3 AND (flags & 4) = 0", room, after, last);
  return {.rows = messages.size(), .swept_upto = last};
}

std::size_t sweep_past_relations(store::Tx& tx, memory::RoomNum room, StreamPos before, std::size_t limit) {
  return count(
      tx.run("DELETE FROM hs_relation WHERE (parent, rel_type, pos) IN (SELECT r.parent, r.rel_type, r.pos "
             "FROM hs_relation r JOIN hs_timeline t ON t.pos = r.parent WHERE t.room = ?1 AND t.pos < ?2 "
             "AND r.pos < ?2 LIMIT ?3)",
             room, before, as_limit(limit)));
}

std::size_t sweep_state(store::Tx& tx, memory::RoomNum room, std::size_t limit) {
  return count(
      tx.run("DELETE FROM hs_state WHERE room = ?1 AND (type, state_key, pos) IN (SELECT type, state_key, pos "
             "FROM hs_state WHERE room = ?1 LIMIT ?2)",
             room, as_limit(limit)));
}

std::size_t sweep_receipts(store::Tx& tx, memory::RoomNum room, std::size_t limit) {
  return count(
      tx.run("DELETE FROM hs_receipt WHERE room = ?1 AND (user_id, kind, thread) IN (SELECT user_id, kind, thread "
             "FROM hs_receipt WHERE room = ?1 LIMIT ?2)",
             room, as_limit(limit)));
}

std::size_t sweep_members(store::Tx& tx, memory::RoomNum room, std::size_t limit) {
  return count(
      tx.run("DELETE FROM hs_membership WHERE room = ?1 AND user_id IN (SELECT user_id FROM hs_membership "
             "WHERE room = ?1 LIMIT ?2)",
             room, as_limit(limit)));
}

std::vector<std::string> members_after(store::Connection& connection, memory::RoomNum room, std::string_view user_id,
                                       std::size_t limit) {
  return store::values<std::string>(
      connection.query("SELECT user_id FROM hs_membership WHERE room = ?1 AND user_id > ?2 ORDER BY user_id LIMIT ?3",
                       room, user_id, as_limit(limit)));
}

}  // namespace troupe::homeserver::admin::deletion_store
