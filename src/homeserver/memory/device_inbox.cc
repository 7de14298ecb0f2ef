#include "homeserver/memory/device_inbox.h"

#include <algorithm>
#include <functional>

#include "homeserver/memory/users.h"

namespace troupe::homeserver::memory {

DeviceInbox::Shard& DeviceInbox::shard_of(const std::string& user_id) const {
  return shards_[std::hash<std::string>{}(user_id) % shards_.size()];
}

DeviceInbox::Device* DeviceInbox::Shard::find(const std::string& user_id, std::string_view device_id) {
  const auto user = users.find(user_id);
  if (user == users.end()) return nullptr;
  const auto device = std::ranges::find(user->second, device_id, &Device::id);
  return device == user->second.end() ? nullptr : &*device;
}

void DeviceInbox::drop_first(Device& device) {
  const auto size = device.messages.front().json.size();
  device.bytes -= size;
  bytes_.fetch_sub(size, std::memory_order_relaxed);
  device.messages.pop_front();
}

void DeviceInbox::drop_old(Device& device, std::int64_t now_ms) {
  while (!device.messages.empty() && device.messages.front().at_ms < now_ms - kKept.count()) drop_first(device);
}

bool DeviceInbox::push(std::string_view user_id, std::string_view device_id, std::string json) {
  const auto view = users_.find(user_id);
  if (!view || json.size() > kMostBytes) return false;
  if (bytes_.load(std::memory_order_relaxed) + json.size() > kMostBytesOfAll) return false;
  const auto now = steady_ms(clock_);
  auto& shard = shard_of(view->user_id());
  const base::Lock lock(shard.mutex);
  auto* device = shard.find(view->user_id(), device_id);
  if (device == nullptr || device->listens_until_ms < now) return false;
  drop_old(*device, now);
  while (device->messages.size() >= kMostMessages || device->bytes + json.size() > kMostBytes) drop_first(*device);
  device->bytes += json.size();
  bytes_.fetch_add(json.size(), std::memory_order_relaxed);
  // Under the lock: whoever reads with the number finds the message.
  device->messages.push_back(
      {.number = users_.touch_ephemeral(WokenBy::to_device, {view}, {}), .at_ms = now, .json = std::move(json)});
  return true;
}

std::vector<std::string> DeviceInbox::read(std::string_view user_id, std::string_view device_id, std::uint64_t since,
                                           std::uint64_t upto, std::size_t limit) const {
  std::vector<std::string> found;
  const std::string user(user_id);
  auto& shard = shard_of(user);
  const base::Lock lock(shard.mutex);
  const auto* device = shard.find(user, device_id);
  if (device == nullptr) return found;
  for (const auto& message : device->messages) {
    if (found.size() == limit) break;
    if (message.number > since && message.number <= upto) found.push_back(message.json);
  }
  return found;
}

void DeviceInbox::heard_of(std::string_view user_id, std::string_view device_id, std::chrono::milliseconds waits) {
  if (device_id.empty()) return;
  const auto now = steady_ms(clock_);
  const auto until = now + (std::max(waits, std::chrono::milliseconds(0)) + kBetweenRequests).count();
  const std::string user(user_id);
  auto& shard = shard_of(user);
  const base::Lock lock(shard.mutex);
  if (auto* known = shard.find(user, device_id)) {
    known->listens_until_ms = std::max(known->listens_until_ms, until);
    return;
  }
  auto& devices = shard.users[user];
  if (devices.size() >= kMostDevicesOfOne) {
    const auto longest_away = std::ranges::min_element(devices, {}, &Device::listens_until_ms);
    while (!longest_away->messages.empty()) drop_first(*longest_away);
    devices.erase(longest_away);
  }
  devices.push_back({.id = std::string(device_id), .listens_until_ms = until});
}

void DeviceInbox::follows_streams(std::string_view user_id, std::string_view device_id) {
  heard_of(user_id, device_id, std::chrono::milliseconds(0));
  const std::string user(user_id);
  auto& shard = shard_of(user);
  const base::Lock lock(shard.mutex);
  if (auto* device = shard.find(user, device_id)) device->follows_streams = true;
}

bool DeviceInbox::listens(const std::string& user_id, Knows knows) const {
  const auto now = steady_ms(clock_);
  auto& shard = shard_of(user_id);
  const base::Lock lock(shard.mutex);
  const auto found = shard.users.find(user_id);
  return found != shard.users.end() && std::ranges::any_of(found->second, [&](const Device& device) {
           return device.follows_streams == (knows == Knows::streams) && device.listens_until_ms >= now;
         });
}

bool DeviceInbox::has_listener(const RoomPtr& room, Knows knows, std::string_view but) const {
  return std::ranges::any_of(users_.online_in(room), [&](const UserViewPtr& view) {
    if (view->user_id() == but || !listens(view->user_id(), knows)) return false;
    const base::ReadLock lock(room->mutex());
    return room->membership(view->user_id()) == "join";
  });
}

void DeviceInbox::sweep() {
  const auto now = steady_ms(clock_);
  const auto away_before = now - std::chrono::milliseconds(kRemembered).count();
  for (auto& shard : shards_) {
    const base::Lock lock(shard.mutex);
    for (auto user = shard.users.begin(); user != shard.users.end();) {
      for (auto& device : user->second) drop_old(device, now);
      std::erase_if(user->second, [away_before](const Device& device) {
        return device.messages.empty() && device.listens_until_ms < away_before;
      });
      user = user->second.empty() ? shard.users.erase(user) : std::next(user);
    }
  }
}

}  // namespace troupe::homeserver::memory
