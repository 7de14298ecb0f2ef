#include "homeserver/admin/room_size_store.h"

#include "store/columns.h"

namespace troupe::homeserver::admin::room_size_store {
namespace {

using store::column;
using store::computed;
using store::sql;

constexpr std::string_view kCountBetween = "SELECT COUNT(*) FROM hs_event WHERE pos > ?1 AND pos <= ?2";
constexpr std::string_view kAdd =
    "INSERT INTO hs_room_size (room, bytes) SELECT r.room, CAST(?2 AS BIGINT) FROM hs_room r WHERE r.room = ?1 "
    "ON CONFLICT (room) DO UPDATE SET bytes = hs_room_size.bytes + excluded.bytes";
constexpr auto kRoomSize =
    store::columns(computed("r.room_id", &RoomSize::room_id), computed("s.bytes", &RoomSize::bytes));
constexpr auto kLargest =
    sql("SELECT ", kRoomSize,
        " FROM hs_room_size s JOIN hs_room r ON r.room = s.room ORDER BY s.bytes DESC, s.room DESC LIMIT ?1");

}  // namespace

StreamPos upto(store::Connection& connection) {
  return store::number(connection.query("SELECT pos FROM hs_room_size_upto WHERE id = 1"));
}

Sums sums_after(store::Connection& connection, StreamPos after, StreamPos head, std::size_t limit) {
  Sums sums;
  auto rows = connection.query(
      "SELECT room, CAST(SUM(bytes) AS BIGINT), COUNT(*), MAX(pos) FROM "
      "(SELECT pos, room, length(bytes) + COALESCE(length(body), 0) AS bytes FROM hs_event WHERE pos > ?1 "
      "AND pos <= ?2 ORDER BY pos LIMIT ?3) piece GROUP BY room",
      after, head, static_cast<std::int64_t>(limit));
  while (rows.next()) {
    memory::RoomNum room = 0;
    std::int64_t bytes = 0;
    std::int64_t events = 0;
    StreamPos last = 0;
    rows >> room >> bytes >> events >> last;
    sums.bytes[room] += bytes;
    sums.events += static_cast<std::size_t>(events);
    sums.last = std::max(sums.last, last);
  }
  return sums;
}

bool add(store::Tx& tx, const Sums& sums, StreamPos from) {
  // Whoever removes events takes off what was counted by then (take_messages): the rest must not be counted later.
  if (static_cast<std::size_t>(store::number(tx.query(kCountBetween, from, sums.last))) != sums.events) return false;
  if (tx.run("UPDATE hs_room_size_upto SET pos = ?2 WHERE id = 1 AND pos = ?1", from, sums.last) != 1) return false;
  for (const auto& [room, sum] : sums.bytes) tx.run(kAdd, room, sum);
  return true;
}

std::vector<RoomSize> largest(store::Connection& connection, std::size_t limit) {
  return store::all(connection.query(kLargest, static_cast<std::int64_t>(limit)), kRoomSize);
}

void take_messages(store::Tx& tx, memory::RoomNum room, StreamPos after, StreamPos upto) {
  tx.run(
      "UPDATE hs_room_size SET bytes = bytes - (SELECT CAST(COALESCE(SUM(length(e.bytes) + "
      "COALESCE(length(e.body), 0)), 0) AS BIGINT) FROM hs_timeline t JOIN hs_event e ON e.pos = t.pos "
      "WHERE t.room = ?1 AND t.pos > ?2 AND t.pos <= ?3 AND (t.flags & 4) = 0 AND t.pos <= (SELECT u.pos "
      "FROM hs_room_size_upto u WHERE u.id = 1)) WHERE room = ?1",
      room, after, upto);
}

void forget(store::Tx& tx, memory::RoomNum room) { tx.run("DELETE FROM hs_room_size WHERE room = ?1", room); }

}  // namespace troupe::homeserver::admin::room_size_store
