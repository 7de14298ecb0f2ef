// Where guests may be: in rooms whose m.room.guest_access says can_join (Client-Server API #guest-access).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/memory/rooms.h"
#include "store/database.h"

namespace troupe::homeserver::rooms {

/// Whether this content of m.room.guest_access lets them in.
bool lets_guests_in(const matrix::JsonObject& content);
/// The same of a room.
bool lets_guests_in(const memory::RoomForWrite& room);

/// A guest comes only into a room that lets guests in, and neither invites nor knocks, by whatever route. Error:
/// forbidden M_GUEST_ACCESS_FORBIDDEN.
Result<Unit> check_guest(store::Tx& tx, const memory::RoomForWrite& room, std::string_view sender,
                         std::string_view user_id, std::string_view membership);

/// A guest in a room.
struct GuestPlace {
  std::string user_id;
  std::int64_t room = 0;  ///< its number
  std::string room_id;
};

// Functions, not a class: they hold no state. All throw store::SqlError only.
namespace guest_places {

/// Where guests are who are not closed, after this place (by user id and room), at most `limit`.
std::vector<GuestPlace> after(store::Connection&, const GuestPlace& last, std::size_t limit);
/// Those in one room, at most `limit`.
std::vector<std::string> in_room(store::Connection&, std::string_view room_id, std::size_t limit);

}  // namespace guest_places
}  // namespace troupe::homeserver::rooms
