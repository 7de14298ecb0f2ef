#include "homeserver/rooms/guest_rules.h"

#include "homeserver/accounts/guest_store.h"
#include "store/words.h"

namespace troupe::homeserver::rooms {

bool lets_guests_in(const matrix::JsonObject& content) {
  return matrix::find_string(content, "guest_access") == "can_join";
}

bool lets_guests_in(const memory::RoomForWrite& room) {
  const auto rule = room.state("m.room.guest_access", "");
  return rule && lets_guests_in(rule->content);
}

Result<Unit> check_guest(store::Tx& tx, const memory::RoomForWrite& room, std::string_view sender,
                         std::string_view user_id, std::string_view membership) {
  if ((membership == "invite" || membership == "knock") && accounts::guest_store::is_guest(tx, sender))
    return Error(Errc::forbidden, "Guests invite nobody, and do not knock.").with_wire_code("M_GUEST_ACCESS_FORBIDDEN");
  if (membership != "join" || lets_guests_in(room) || !accounts::guest_store::is_guest(tx, user_id)) return Unit{};
  return Error(Errc::forbidden, "This room lets no guests in.").with_wire_code("M_GUEST_ACCESS_FORBIDDEN");
}

namespace guest_places {
namespace {

using namespace store::words;

constexpr auto kPlace =
    store::columns(store::computed("m.user_id", &GuestPlace::user_id), store::computed("m.room", &GuestPlace::room),
                   store::computed("r.room_id", &GuestPlace::room_id));
constexpr auto kPlaces =
    sql(" FROM hs_account a JOIN hs_membership m ON m.user_id = a.user_id JOIN hs_room r ON r.room = m.room "
        "WHERE a.guest = 1 AND a.deactivated = 0 AND m.membership = 'join' ");
constexpr auto kAfter =
    sql("SELECT ", kPlace, kPlaces,
        "AND a.user_id >= ?1 AND (m.user_id, m.room) > (?1, ?2) ORDER BY m.user_id, m.room LIMIT ?3");
constexpr auto kInRoom = sql("SELECT m.user_id", kPlaces, "AND r.room_id = ?1 LIMIT ?2");

}  // namespace

std::vector<GuestPlace> after(store::Connection& connection, const GuestPlace& last, std::size_t limit) {
  return store::all(connection.query(kAfter, last.user_id, last.room, static_cast<std::int64_t>(limit)), kPlace);
}

std::vector<std::string> in_room(store::Connection& connection, std::string_view room_id, std::size_t limit) {
  return store::values<std::string>(connection.query(kInRoom, room_id, static_cast<std::int64_t>(limit)));
}

}  // namespace guest_places
}  // namespace troupe::homeserver::rooms
