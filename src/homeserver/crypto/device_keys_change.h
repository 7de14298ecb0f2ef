// A user's devices or keys changed: a row for /sync and /keys/changes, and everybody who sees it is woken.
#pragma once
#include <string>
#include <string_view>

#include "homeserver/reading/users.h"
#include "homeserver/rooms/rooms.h"

namespace troupe::homeserver {

/// One per server. Writer thread, inside an operation.
class DeviceChanges {
 public:
  DeviceChanges(Rooms& rooms, Users& users) : rooms_(rooms), users_(users) {}

  /// Everybody in a room with the user learns of it. Yields the position of the change.
  StreamPos changed(store::Tx& tx, std::string_view user_id);
  /// Only the user's own devices learn of something at the position (key counts, signatures of others' keys).
  void touched(store::Tx& tx, std::string_view user_id, StreamPos pos);

 private:
  Rooms& rooms_;
  Users& users_;
};

}  // namespace troupe::homeserver
