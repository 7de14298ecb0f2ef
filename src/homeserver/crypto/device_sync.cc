#include "homeserver/crypto/device_sync.h"

#include <algorithm>

#include "homeserver/crypto/device_keys_store.h"
#include "homeserver/crypto/to_device_store.h"

namespace troupe::homeserver::crypto {
namespace {

constexpr std::size_t kMaxToDevice = 100;
constexpr const char* kUsualAlgorithm = "signed_curve25519";

void read_to_device(store::Connection& connection, const DeviceSyncQuery& query, DeviceSyncPart& part) {
  const auto limit = std::min(query.to_device_limit, kMaxToDevice);
  if (limit == 0) return;
  auto waiting = to_device_store::waiting(connection, query.user_id, query.device_id, query.to_device_since, query.head,
                                          limit + 1);
  part.more = waiting.size() > limit;
  if (part.more) waiting.pop_back();
  for (auto& message : waiting) part.to_device.push_back(std::move(message.json));
  if (!waiting.empty()) part.to_device_upto = waiting.back().pos;
}

void read_lists(store::Connection& connection, const DeviceSyncQuery& query, DeviceSyncPart& part) {
  std::set<std::string> changed;
  for (auto& user_id : device_keys_store::changed_since(connection, query.since, query.head)) {
    if (user_id == query.user_id || query.newly_shared.contains(user_id) || query.shares_room_with(user_id)) {
      changed.insert(std::move(user_id));
    }
  }
  for (auto& user_id : device_keys_store::signed_users_since(connection, query.user_id, query.since, query.head)) {
    changed.insert(std::move(user_id));
  }
  for (const auto& user_id : query.newly_shared) {
    if (user_id != query.user_id) changed.insert(user_id);
  }
  for (const auto& user_id : query.no_longer_shared) {
    if (changed.contains(user_id) || query.newly_shared.contains(user_id)) continue;
    part.left.push_back(user_id);
  }
  part.changed.assign(std::make_move_iterator(changed.begin()), std::make_move_iterator(changed.end()));
}

}  // namespace

Result<DeviceSyncPart> read_device_sync(store::Connection& connection, const DeviceSyncQuery& query) {
  DeviceSyncPart part;
  if (query.wants_lists) read_lists(connection, query, part);
  part.one_time_key_counts[kUsualAlgorithm] = 0;
  if (query.device_id.empty()) return part;  // a token without a device
  read_to_device(connection, query, part);
  for (const auto& [algorithm, count] :
       device_keys_store::count_one_time_keys(connection, query.user_id, query.device_id)) {
    part.one_time_key_counts[algorithm] = count;
  }
  part.unused_fallback_key_types = device_keys_store::unused_fallback_types(connection, query.user_id, query.device_id);
  return part;
}

void forget_delivered_to_device(store::Connection& connection, std::string_view user_id, std::string_view device_id,
                                StreamPos upto) {
  if (to_device_store::any(connection, user_id, device_id, upto)) {
    to_device_store::remove(connection, user_id, device_id, upto);
  }
}

}  // namespace troupe::homeserver::crypto
