#include "homeserver/admin/redaction_store.h"

#include "store/columns.h"

namespace troupe::homeserver::admin::redaction_store {
namespace {

using store::column;
using store::sql;

constexpr auto kRedaction =
    store::columns(column("redact_id", &RedactionRow::redact_id), column("user_id", &RedactionRow::user_id),
                   column("admin_id", &RedactionRow::admin_id), column("status", &RedactionRow::status),
                   column<store::Json>("request", &RedactionRow::request), column("room", &RedactionRow::room),
                   column("before_pos", &RedactionRow::before_pos), column("of_room", &RedactionRow::of_room),
                   column("redacted", &RedactionRow::redacted), column<store::Json>("failed", &RedactionRow::failed),
                   column("error", &RedactionRow::error), column("made_ms", &RedactionRow::made_ms));
constexpr auto kInsertRedaction = store::insert("hs_user_redaction", kRedaction);
constexpr auto kFindRedaction = sql("SELECT ", kRedaction, " FROM hs_user_redaction WHERE redact_id = ?1");
constexpr auto kSummary =
    store::columns(column("redact_id", &RedactionSummary::redact_id), column("user_id", &RedactionSummary::user_id),
                   column("status", &RedactionSummary::status), column("redacted", &RedactionSummary::redacted),
                   column("error", &RedactionSummary::error), column("made_ms", &RedactionSummary::made_ms));
constexpr auto kNewestRedactions =
    sql("SELECT ", kSummary, " FROM hs_user_redaction ORDER BY made_ms DESC, redact_id LIMIT ?1");

constexpr auto kRoomOfUser =
    store::columns("r", column("room", &RoomOfUser::room), column("room_id", &RoomOfUser::room_id));
constexpr auto kRoomsOf =
    sql("SELECT ", kRoomOfUser,
        " FROM hs_membership m JOIN hs_room r ON r.room = m.room WHERE m.user_id = ?1 AND m.room > ?2 "
        "ORDER BY m.room LIMIT ?3");

std::int64_t row_limit(std::size_t limit) { return static_cast<std::int64_t>(limit); }

}  // namespace

void insert(store::Tx& tx, const RedactionRow& row) { store::run_insert(tx, kInsertRedaction, kRedaction, row); }

std::optional<RedactionRow> find(store::Connection& connection, std::string_view redact_id) {
  return store::one(connection.query(kFindRedaction, redact_id), kRedaction);
}

std::vector<RedactionSummary> newest(store::Connection& connection, std::size_t limit) {
  return store::all(connection.query(kNewestRedactions, row_limit(limit)), kSummary);
}

bool is_under_way(store::Connection& connection, std::string_view user_id) {
  return store::any(connection.query("SELECT 1 FROM hs_user_redaction WHERE user_id = ?1 AND status < 2", user_id));
}

std::vector<std::string> unfinished(store::Connection& connection, std::size_t limit) {
  return store::values<std::string>(connection.query(
      "SELECT redact_id FROM hs_user_redaction WHERE status < 2 ORDER BY made_ms LIMIT ?1", row_limit(limit)));
}

void update(store::Tx& tx, const RedactionRow& row, std::optional<std::int64_t> ended_ms) {
  tx.run(
      "UPDATE hs_user_redaction SET status = ?2, room = ?3, before_pos = ?4, of_room = ?5, redacted = ?6, "
      "failed = ?7, error = ?8, ended_ms = ?9 WHERE redact_id = ?1",
      row.redact_id, static_cast<std::int64_t>(row.status), row.room, row.before_pos, row.of_room, row.redacted,
      boost::json::serialize(row.failed), row.error, ended_ms);
}

std::size_t forget_ended(store::Tx& tx, std::int64_t before_ms, std::size_t limit) {
  return static_cast<std::size_t>(
      tx.run("DELETE FROM hs_user_redaction WHERE redact_id IN (SELECT redact_id FROM hs_user_redaction "
             "WHERE ended_ms IS NOT NULL AND ended_ms < ?1 ORDER BY ended_ms LIMIT ?2)",
             before_ms, row_limit(limit)));
}

std::vector<RoomOfUser> rooms_of(store::Connection& connection, std::string_view user_id, memory::RoomNum after,
                                 std::size_t limit) {
  return store::all(connection.query(kRoomsOf, user_id, after, row_limit(limit)), kRoomOfUser);
}

LookedThrough look_through(store::Connection& connection, memory::RoomNum room, StreamPos before, const SaidBy& said,
                           std::size_t limit) {
  LookedThrough looked;
  const auto positions = store::values<StreamPos>(
      connection.query("SELECT pos FROM hs_timeline WHERE room = ?1 AND pos < ?2 ORDER BY pos DESC LIMIT ?3", room,
                       before, row_limit(limit)));
  if (positions.empty()) return looked;
  looked.upto = positions.back();
  auto rows = connection.query(
      "SELECT e.pos, e.event_id FROM hs_timeline t JOIN hs_event e ON e.pos = t.pos WHERE t.room = ?1 "
      "AND t.pos < ?2 AND t.pos >= ?3 AND e.sender = ?4 AND e.ts >= ?5 AND e.ts <= ?6 "
      "AND e.redacted_by IS NULL AND ((e.state_key IS NULL "
      "AND e.type <> 'm.room.redaction') OR (e.type = 'm.room.member' AND e.state_key = e.sender)) "
      "ORDER BY t.pos DESC",
      room, before, looked.upto, said.sender, said.first_ms, said.last_ms);
  while (rows.next()) {
    StreamPos pos = 0;
    std::string event_id;
    rows >> pos >> event_id;
    looked.positions.push_back(pos);
    looked.event_ids.push_back(std::move(event_id));
  }
  return looked;
}

}  // namespace troupe::homeserver::admin::redaction_store
