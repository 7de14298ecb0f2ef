// A user's devices or keys changed: a row for /sync and /keys/changes, and everybody who sees it is woken.
#pragma once
#include <string>
#include <string_view>

#include "homeserver/appservice/services.h"
#include "homeserver/memory/rooms.h"
#include "homeserver/memory/users.h"

namespace troupe::homeserver::crypto {

/// One per server. Writer thread, inside an operation.
class DeviceChanges {
 public:
  /// `services`: those that are told of the numbers of their users' keys; nullptr: none.
  DeviceChanges(memory::Rooms& rooms, memory::Users& users, const appservice::Services* services = nullptr)
      : rooms_(rooms), users_(users), services_(services) {}

  /// Everybody in a room with the user learns of it. Yields the position of the change.
  StreamPos changed(store::Tx& tx, std::string_view user_id);
  /// Only the user's own devices learn of something at the position (key counts, signatures of others' keys).
  void touched(store::Tx& tx, std::string_view user_id, StreamPos pos);

 private:
  memory::Rooms& rooms_;
  memory::Users& users_;
  const appservice::Services* services_;
};

}  // namespace troupe::homeserver::crypto
