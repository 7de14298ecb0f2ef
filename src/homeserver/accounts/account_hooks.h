// What accounts and devices ask of the rest of the homeserver. module.cc fills them in; in a test they may stay empty.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "base/task.h"
#include "matrix/homeserver.h"
#include "store/database.h"

namespace troupe::homeserver {

struct AccountHooks {
  /// Writes the display name and avatar into the user's member events.
  std::function<Task<Unit>(std::string user_id)> refresh_profile;
  /// An account's flags have changed, in the transaction that changes its row: what the platform has of it (console
  /// sessions, keys) follows.
  std::function<void(store::Tx&, const matrix::Account& account)> account_changed;
  /// An account is signed out everywhere, in the transaction that does it: its console sessions end, too.
  std::function<void(store::Tx&, std::string_view user_id)> signed_out;
  /// Leaves all joined rooms and rejects all invites.
  std::function<Task<Unit>(std::string user_id)> leave_all_rooms;
  /// A device goes, in the transaction that removes its row: drop its keys and to-device messages, note the change of
  /// the user's device list.
  std::function<Result<Unit>(store::Tx&, std::string_view user_id, std::string_view device_id)> device_removed;
  /// A device has another name, in the transaction that changes its row.
  std::function<Result<Unit>(store::Tx&, std::string_view user_id, std::string_view device_id)> device_renamed;
};

}  // namespace troupe::homeserver
