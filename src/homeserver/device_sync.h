// What /sync shows of devices and encryption: to-device messages, changed device lists, key counts.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "store/connection.h"

namespace troupe::homeserver {

struct DeviceSyncQuery {
  std::string user_id;
  std::string device_id;
  StreamPos since = 0;  ///< 0: first sync
  StreamPos head = 0;
  std::set<std::string> shares_room_with;  ///< everybody in a joined room with the user now
  std::set<std::string> newly_shared;      ///< began to share a room after `since`
  std::set<std::string> no_longer_shared;  ///< ceased to
};

struct DeviceSyncPart {
  std::vector<std::string> to_device;  ///< serialized events, oldest first, at most 100
  StreamPos to_device_upto = 0;        ///< next_batch must not pass this when `more`
  bool more = false;
  std::vector<std::string> changed;
  std::vector<std::string> left;
  std::map<std::string, std::int64_t> one_time_key_counts;  ///< signed_curve25519 always present
  std::vector<std::string> unused_fallback_key_types;
};

/// Inside db.read. Error: none of its own.
Result<DeviceSyncPart> read_device_sync(store::Connection& connection, const DeviceSyncQuery& query);

/// A request with a `since` newer than the message's position was seen: the messages up to it are delivered.
/// Writer thread, inside an operation.
void forget_delivered_to_device(store::Connection& connection, std::string_view user_id,
                                std::string_view device_id, StreamPos upto);

}  // namespace troupe::homeserver
