// What administrators change in rooms that they need not be in: blocking, bringing somebody in, giving power.
#pragma once
#include <optional>
#include <string>

#include "homeserver/admin/room_shapes.h"
#include "homeserver/memory/rooms.h"
#include "homeserver/rooms/room_service.h"
#include "host/settings.h"

namespace troupe::homeserver::admin {

/// One per server; callable from any thread. Every change completes when it is durable. Whoever calls has been found to
/// be an administrator.
class RoomChanges {
 public:
  RoomChanges(store::Database& db, memory::Rooms& rooms, rooms::RoomService& service, const base::Clock& clock)
      : db_(db), rooms_(rooms), service_(service), clock_(clock) {}

  /// Rooms that are not here, too. A blocked room admits nobody; who is in it stays.
  Task<Unit> set_blocked(std::string admin_id, std::string room_id, bool blocked);
  Task<BlockedBy> blocked(std::string room_id);

  /// Has a user of this server join; the administrator invites them first unless everybody may come in. Errors: as
  /// RoomService::change_membership for either, not_found.
  Task<Unit> join(rooms::Actor admin, std::string user_id, std::string room_id);

  /// Gives a user the power of the mightiest member, in that member's name, and has them invited where that is needed.
  /// Errors: not_found (no such room), 400 M_UNKNOWN (no member may change the power levels), forbidden (the invite).
  Task<Unit> make_admin(std::string user_id, std::string room_id);

 private:
  store::Database& db_;
  memory::Rooms& rooms_;
  rooms::RoomService& service_;
  const base::Clock& clock_;
};

}  // namespace troupe::homeserver::admin
