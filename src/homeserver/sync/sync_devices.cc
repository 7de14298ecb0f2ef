#include "homeserver/sync/sync_devices.h"

namespace troupe::homeserver::sync {

std::string DeviceMemories::key_of(std::string_view user_id, std::string_view device_id) {
  std::string key(user_id);
  key += '\0';
  key += device_id;
  return key;
}

DeviceMemories::Shard& DeviceMemories::shard_of(const std::string& key) {
  return shards_[std::hash<std::string>{}(key) % shards_.size()];
}

DeviceMemories::Memory& DeviceMemories::Shard::of(const std::string& key) {
  if (devices.size() >= kMaxPerShard) devices.clear();
  return devices[key];
}

std::string DeviceMemories::counts_of(const std::string& key, StreamPos own_pos) {
  auto& shard = shard_of(key);
  const base::Lock lock(shard.mutex);
  const auto found = shard.devices.find(key);
  if (found == shard.devices.end() || found->second.own_pos < own_pos) return {};
  return found->second.counts;
}

void DeviceMemories::shown(const std::string& key, StreamPos own_pos, std::string counts, StreamPos to_device_upto) {
  auto& shard = shard_of(key);
  const base::Lock lock(shard.mutex);
  auto& memory = shard.of(key);
  memory.own_pos = own_pos;
  memory.counts = std::move(counts);
  if (to_device_upto != 0 && memory.to_forget != kUnknown) memory.to_forget = to_device_upto;
}

bool DeviceMemories::take_delivered(const std::string& key, StreamPos upto, StreamPos own_pos, bool shared) {
  auto& shard = shard_of(key);
  const base::Lock lock(shard.mutex);
  auto& memory = shard.of(key);
  if (shared && memory.to_forget == 0 && own_pos > memory.forgot_at) memory.to_forget = kUnknown;
  if (memory.to_forget == 0 || (memory.to_forget != kUnknown && memory.to_forget > upto)) return false;
  memory.to_forget = 0;
  memory.forgot_at = own_pos;
  return true;
}

void DeviceMemories::not_removed(const std::string& key) {
  auto& shard = shard_of(key);
  const base::Lock lock(shard.mutex);
  shard.of(key).to_forget = kUnknown;
}

}  // namespace troupe::homeserver::sync
