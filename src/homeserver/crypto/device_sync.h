// What /sync shows of devices and encryption: to-device messages, changed device lists, key counts.
#pragma once
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "store/connection.h"

namespace troupe::homeserver::crypto {

struct DeviceSyncQuery {
  std::string user_id;
  std::string device_id;
  StreamPos since = 0;            ///< also 0 where nothing had happened yet
  StreamPos to_device_since = 0;  ///< messages up to here were delivered; <= since when an answer could not hold all
  StreamPos head = 0;             ///< rows after it are for the next answer
  bool wants_lists = true;        ///< false: a first sync, to which no list has changed
  std::size_t to_device_limit = 100;  ///< messages of one answer, at most 100; 0: none are wanted
  /// Whether a user is in a joined room with the caller now. Asked for the users whose devices changed, so that large
  /// rooms cost nothing here.
  std::function<bool(const std::string&)> shares_room_with;
  std::set<std::string> newly_shared;      ///< began to share a room after `since`
  std::set<std::string> no_longer_shared;  ///< ceased to
};

struct DeviceSyncPart {
  std::vector<std::string> to_device;  ///< serialized events, oldest first, at most 100
  StreamPos to_device_upto = 0;        ///< position of the last one; the next request's to_device_since when `more`
  bool more = false;
  std::vector<std::string> changed;
  std::vector<std::string> left;
  std::map<std::string, std::int64_t> one_time_key_counts;  ///< signed_curve25519 always present
  std::vector<std::string> unused_fallback_key_types;
};

/// Inside db.read. Error: none of its own. /sync asks only when Users::touch() was called for the user since the last
/// answer (or somebody joined or left): whoever changes what this yields for a user, the key counts too, must touch
/// them.
Result<DeviceSyncPart> read_device_sync(store::Connection& connection, const DeviceSyncQuery& query);

/// A request with a `since` newer than the message's position was seen: the messages up to it are delivered.
/// Writer thread, inside an operation.
void forget_delivered_to_device(store::Connection& connection, std::string_view user_id, std::string_view device_id,
                                StreamPos upto);

}  // namespace troupe::homeserver::crypto
