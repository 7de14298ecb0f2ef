#include "homeserver/spaces/mutual_room_store.h"

#include "store/columns.h"

namespace troupe::homeserver::spaces::mutual_room_store {
namespace {

constexpr auto kRoom =
    store::columns("r", store::column("room", &MutualRoom::room), store::column("room_id", &MutualRoom::room_id));
constexpr auto kRooms = store::sql("SELECT ", kRoom,
                                   " FROM hs_membership a JOIN hs_membership b ON b.user_id = ?2 AND b.room = a.room "
                                   "JOIN hs_room r ON r.room = a.room "
                                   "WHERE a.user_id = ?1 AND a.room > ?3 AND a.membership = 'join' AND b.membership = "
                                   "'join' ORDER BY a.room LIMIT ?4");

}  // namespace

std::vector<MutualRoom> rooms_of_both(store::Connection& connection, std::string_view one_user,
                                      std::string_view other_user, memory::RoomNum after, std::size_t limit) {
  return store::all(connection.query(kRooms, one_user, other_user, after, static_cast<std::int64_t>(limit)), kRoom);
}

std::int64_t count_rooms_of_both(store::Connection& connection, std::string_view one_user,
                                 std::string_view other_user) {
  return store::number(connection.query(
      "SELECT COUNT(*) FROM hs_membership a JOIN hs_membership b ON b.user_id = ?2 AND b.room = a.room "
      "WHERE a.user_id = ?1 AND a.membership = 'join' AND b.membership = 'join'",
      one_user, other_user));
}

}  // namespace troupe::homeserver::spaces::mutual_room_store
