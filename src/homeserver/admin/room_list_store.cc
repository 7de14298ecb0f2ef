#include "homeserver/admin/room_list_store.h"

#include "store/columns.h"

namespace troupe::homeserver::admin::room_list_store {
namespace {

using memory::RoomRow;
using store::column;
using store::computed;
using store::sql;

constexpr auto kRoom = store::columns(column("room", &RoomRow::room), column("room_id", &RoomRow::room_id),
                                      column("version", &RoomRow::version), column("creator", &RoomRow::creator),
                                      column("is_public", &RoomRow::is_public), column("blocked", &RoomRow::blocked));
constexpr auto kRoomsAfter = sql("SELECT ", kRoom, " FROM hs_room WHERE room > ?1 ORDER BY room LIMIT ?2");
constexpr auto kJoinedCount =
    store::columns(column("room", &JoinedCount::room), computed("COUNT(*)", &JoinedCount::joined));
constexpr auto kJoinedCounts =
    sql("SELECT ", kJoinedCount,
        " FROM hs_membership WHERE room >= ?1 AND room <= ?2 AND membership = 'join' GROUP BY room ORDER BY room");

}  // namespace

std::vector<RoomRow> rooms_after(store::Connection& connection, memory::RoomNum after, std::size_t limit) {
  return store::all(connection.query(kRoomsAfter, after, static_cast<std::int64_t>(limit)), kRoom);
}

std::vector<JoinedCount> joined_counts(store::Connection& connection, memory::RoomNum first, memory::RoomNum last) {
  return store::all(connection.query(kJoinedCounts, first, last), kJoinedCount);
}

std::vector<std::string> joined_members(store::Connection& connection, memory::RoomNum room) {
  return store::values<std::string>(connection.query(
      "SELECT user_id FROM hs_membership WHERE room = ?1 AND membership = 'join' ORDER BY user_id", room));
}

std::int64_t count_joined_devices(store::Connection& connection, memory::RoomNum room) {
  return store::number(connection.query(
      "SELECT COUNT(*) FROM hs_membership m JOIN hs_device d ON d.user_id = m.user_id WHERE m.room = ?1 "
      "AND m.membership = 'join'",
      room));
}

std::int64_t count_state(store::Connection& connection, memory::RoomNum room) {
  return store::number(connection.query(
      "SELECT COUNT(*) FROM (SELECT DISTINCT type, state_key FROM hs_state WHERE room = ?1) entries", room));
}

bool is_forgotten_by_all(store::Connection& connection, memory::RoomNum room) {
  return !store::any(connection.query("SELECT 1 FROM hs_membership WHERE room = ?1 AND forgotten = 0 LIMIT 1", room));
}

}  // namespace troupe::homeserver::admin::room_list_store
