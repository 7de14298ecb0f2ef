// Devices' keys and messages in memory, with what tests do to them behind the port's back.
#pragma once
#include <deque>
#include <map>
#include <set>

#include "base/mutex.h"
#include "kit/fake_homeserver/elsewhere.h"
#include "matrix/key_exchange.h"

namespace troupe::kit {

class FakeKeys : public matrix::KeyExchange {
 public:
  // For tests.
  struct Device {
    matrix::JsonObject keys;
    std::deque<std::pair<std::string, matrix::JsonObject>> one_time;
    std::pair<std::string, matrix::JsonObject> fallback;
    bool fallback_given = false;
    std::vector<matrix::DeviceMessage> inbox;
  };
  std::set<std::string> devices_of(const std::string& user_id) const {
    const base::Lock lock(mutex_);
    std::set<std::string> found;
    if (const auto user = users_.find(user_id); user != users_.end()) {
      for (const auto& [id, device] : user->second.devices) found.insert(id);
    }
    return found;
  }
  matrix::JsonObject device_keys(const std::string& user_id, const std::string& device_id) const {
    const base::Lock lock(mutex_);
    return users_.at(user_id).devices.at(device_id).keys;
  }
  matrix::JsonObject cross_signing(const std::string& user_id, const std::string& usage) const {
    const base::Lock lock(mutex_);
    const auto user = users_.find(user_id);
    if (user == users_.end() || !user->second.cross_signing.contains(usage)) return {};
    return user->second.cross_signing.at(usage);
  }
  void remove_device(const std::string& user_id, const std::string& device_id) {
    const base::Lock lock(mutex_);
    users_[user_id].devices.erase(device_id);
    changed(user_id);
  }
  /// Messages to devices are kept back until they are let go.
  void hold_messages(bool hold) {
    const base::Lock lock(mutex_);
    holds_ = hold;
    if (hold) return;
    for (auto& message : std::exchange(held_, {})) deliver(std::move(message));
  }
  /// Messages to devices are lost from now on.
  void lose_messages(bool lose) {
    const base::Lock lock(mutex_);
    loses_ = lose;
  }
  /// The next `count` messages to devices arrive, and whoever sent them is told that they failed.
  void fail_after_sending(int count) {
    const base::Lock lock(mutex_);
    failing_after_sending_ = count;
  }
  /// How many of them are still to come.
  int left_to_fail() const {
    const base::Lock lock(mutex_);
    return failing_after_sending_;
  }
  /// How many keys of an account's devices were claimed.
  int claims(const std::string& user_id) const {
    const base::Lock lock(mutex_);
    const auto found = claims_.find(user_id);
    return found == claims_.end() ? 0 : found->second;
  }
  /// One-time keys that were handed out twice, or offered under the name of another.
  std::set<std::string> repeated_keys() const {
    const base::Lock lock(mutex_);
    return repeated_;
  }
  /// The next `count` uploads of cross-signing keys fail.
  void fail_cross_signing(int count) {
    const base::Lock lock(mutex_);
    failing_cross_signing_ = count;
  }
  /// All bodies that devices were ever sent.
  std::vector<std::string> sent_bodies() const {
    const base::Lock lock(mutex_);
    return sent_;
  }
  std::size_t one_time_keys(const std::string& user_id, const std::string& device_id) const {
    const base::Lock lock(mutex_);
    return users_.at(user_id).devices.at(device_id).one_time.size();
  }
  std::size_t waiting(const std::string& user_id, const std::string& device_id) const {
    const base::Lock lock(mutex_);
    return users_.at(user_id).devices.at(device_id).inbox.size();
  }

  // The port.
  Task<Unit> ensure_device(std::string user_id, std::string device_id, std::string) override {
    co_await elsewhere();
    const base::Lock lock(mutex_);
    users_[user_id].devices.try_emplace(device_id);
    co_return Unit{};
  }
  Task<Unit> upload_keys(std::string user_id, std::string device_id, matrix::JsonObject body) override {
    co_await elsewhere();
    const base::Lock lock(mutex_);
    const auto found = users_[user_id].devices.find(device_id);
    if (found == users_[user_id].devices.end()) co_return Error(Errc::unknown_token, "There is no such device.");
    auto& device = found->second;
    if (const auto* keys = matrix::find_object(body, "device_keys")) {
      device.keys = *keys;
      changed(user_id);
    }
    if (const auto* keys = matrix::find_object(body, "one_time_keys")) {
      for (const auto& key : *keys) {
        const std::string id(std::string_view(key.key()));
        note_offered(user_id + " " + device_id + " " + id, boost::json::serialize(key.value().as_object().at("key")));
        const bool known = std::ranges::any_of(device.one_time, [&](const auto& one) { return one.first == id; });
        if (!known) device.one_time.emplace_back(id, key.value().as_object());
      }
    }
    if (const auto* keys = matrix::find_object(body, "fallback_keys"); keys != nullptr && !keys->empty()) {
      device.fallback = {std::string(std::string_view(keys->begin()->key())), keys->begin()->value().as_object()};
      device.fallback_given = false;
    }
    co_return Unit{};
  }
  Task<Unit> upload_cross_signing(std::string user_id, matrix::JsonObject body) override {
    co_await elsewhere();
    const base::Lock lock(mutex_);
    if (failing_cross_signing_ > 0) {
      --failing_cross_signing_;
      co_return Error(Errc::unavailable);
    }
    for (const auto& key : body) {
      users_[user_id].cross_signing[std::string(std::string_view(key.key()))] = key.value().as_object();
    }
    changed(user_id);
    co_return Unit{};
  }
  Task<Unit> upload_signatures(std::string user_id, matrix::JsonObject body) override {
    co_await elsewhere();
    const base::Lock lock(mutex_);
    auto& user = users_[user_id];
    for (const auto& one : body.at(user_id).as_object()) {
      const std::string target(std::string_view(one.key()));
      const auto& object = one.value().as_object();
      if (const auto device = user.devices.find(target); device != user.devices.end()) {
        merge(device->second.keys, object, user_id);
      } else {
        merge(user.cross_signing["master_key"], object, user_id);
      }
    }
    changed(user_id);
    co_return Unit{};
  }
  Task<matrix::JsonObject> query_keys(std::string, std::vector<std::string> user_ids) override {
    co_await elsewhere();
    const base::Lock lock(mutex_);
    matrix::JsonObject devices;
    matrix::JsonObject masters;
    matrix::JsonObject self_signing;
    for (const auto& user_id : user_ids) {
      matrix::JsonObject of_user;
      for (const auto& [id, device] : users_[user_id].devices) {
        if (!device.keys.empty()) of_user[id] = device.keys;
      }
      devices[user_id] = std::move(of_user);
      const auto& cross = users_[user_id].cross_signing;
      if (const auto master = cross.find("master_key"); master != cross.end()) masters[user_id] = master->second;
      if (const auto own = cross.find("self_signing_key"); own != cross.end()) self_signing[user_id] = own->second;
    }
    co_return matrix::JsonObject{{"device_keys", std::move(devices)},
                                 {"master_keys", std::move(masters)},
                                 {"self_signing_keys", std::move(self_signing)}};
  }
  Task<matrix::JsonObject> claim_keys(std::string, matrix::JsonObject wanted) override {
    co_await elsewhere();
    const base::Lock lock(mutex_);
    matrix::JsonObject claimed;
    for (const auto& user : wanted) {
      for (const auto& one : user.value().as_object()) {
        const auto& devices = users_[std::string(std::string_view(user.key()))].devices;
        const auto found = devices.find(std::string(std::string_view(one.key())));
        if (found == devices.end()) continue;
        auto& device = const_cast<Device&>(found->second);
        auto key = device.fallback;
        if (!device.one_time.empty()) {
          key = device.one_time.front();
          device.one_time.pop_front();
          const auto public_part = boost::json::serialize(key.second.at("key"));
          if (!handed_out_.insert(public_part).second) repeated_.insert(public_part);
        } else {
          device.fallback_given = true;
        }
        if (key.first.empty()) continue;
        ++claims_[std::string(std::string_view(user.key()))];
        auto& of_user = claimed[user.key()];
        if (!of_user.is_object()) of_user.emplace_object();
        of_user.get_object()[one.key()] = matrix::JsonObject{{key.first, key.second}};
      }
    }
    co_return claimed;
  }
  Task<Unit> send_to_device(matrix::NewDeviceMessages messages) override {
    co_await elsewhere();
    const base::Lock lock(mutex_);
    if (transactions_.insert(messages.sender + " " + messages.txn_id).second) {
      sent_.push_back(boost::json::serialize(messages.messages));
      if (loses_) co_return Unit{};
      if (holds_) {
        held_.push_back(std::move(messages));
      } else {
        deliver(std::move(messages));
      }
    }
    if (failing_after_sending_ > 0) {
      --failing_after_sending_;
      co_return Error(Errc::unavailable);
    }
    co_return Unit{};
  }
  Task<matrix::DeviceInbox> inbox(std::string user_id, std::string device_id, StreamPos after,
                                  std::size_t limit) override {
    co_await elsewhere();
    const base::Lock lock(mutex_);
    matrix::DeviceInbox found;
    const auto device = users_[user_id].devices.find(device_id);
    if (device == users_[user_id].devices.end()) co_return found;
    for (const auto& message : device->second.inbox) {
      if (message.pos <= after) continue;
      found.more = found.messages.size() == limit;
      if (found.more) break;
      found.messages.push_back(message);
    }
    found.one_time_keys = static_cast<std::int64_t>(device->second.one_time.size());
    found.fallback_key = !device->second.fallback.first.empty() && !device->second.fallback_given;
    co_return found;
  }
  Task<Unit> forget_inbox(std::string user_id, std::string device_id, StreamPos upto) override {
    co_await elsewhere();
    const base::Lock lock(mutex_);
    std::erase_if(users_[user_id].devices[device_id].inbox, [&](const auto& message) { return message.pos <= upto; });
    co_return Unit{};
  }
  Task<matrix::KeyChanges> key_changes(StreamPos after) override {
    co_await elsewhere();
    const base::Lock lock(mutex_);
    matrix::KeyChanges found{.user_ids = {}, .upto = pos_};
    if (after == 0) co_return found;
    for (const auto& [user_id, user] : users_) {
      if (user.changed_at > after) found.user_ids.push_back(user_id);
    }
    co_return found;
  }

 private:
  struct User {
    std::map<std::string, Device> devices;
    std::map<std::string, matrix::JsonObject> cross_signing;
    StreamPos changed_at = 0;
  };
  void changed(const std::string& user_id) REQUIRES(mutex_) { users_[user_id].changed_at = ++pos_; }
  static void merge(matrix::JsonObject& into, const matrix::JsonObject& from, const std::string& user_id) {
    const auto& added = from.at("signatures").as_object().at(user_id).as_object();
    if (!into["signatures"].is_object()) into["signatures"].emplace_object();
    auto& present = into["signatures"].as_object()[user_id];
    if (!present.is_object()) present.emplace_object();
    for (const auto& signature : added) present.as_object()[signature.key()] = signature.value();
  }
  void note_offered(const std::string& name, const std::string& public_part) REQUIRES(mutex_) {
    const auto [known, fresh] = offered_.emplace(name, public_part);
    if (!fresh && known->second != public_part) repeated_.insert(public_part);
  }
  void deliver(matrix::NewDeviceMessages messages) REQUIRES(mutex_) {
    ++pos_;
    for (const auto& user : messages.messages) {
      auto& devices = users_[std::string(std::string_view(user.key()))].devices;
      for (const auto& one : user.value().as_object()) {
        const auto found = devices.find(std::string(std::string_view(one.key())));
        if (found == devices.end()) continue;
        found->second.inbox.push_back(
            {.pos = pos_, .sender = messages.sender, .type = messages.type, .content = one.value().as_object()});
      }
    }
  }

  mutable base::Mutex mutex_;
  std::map<std::string, User> users_ GUARDED_BY(mutex_);
  std::set<std::string> transactions_ GUARDED_BY(mutex_);
  std::vector<matrix::NewDeviceMessages> held_ GUARDED_BY(mutex_);
  std::vector<std::string> sent_ GUARDED_BY(mutex_);
  bool holds_ GUARDED_BY(mutex_) = false;
  bool loses_ GUARDED_BY(mutex_) = false;
  std::map<std::string, int> claims_ GUARDED_BY(mutex_);
  std::map<std::string, std::string> offered_ GUARDED_BY(mutex_);  ///< the public part by device and name
  std::set<std::string> handed_out_ GUARDED_BY(mutex_);
  std::set<std::string> repeated_ GUARDED_BY(mutex_);
  int failing_cross_signing_ GUARDED_BY(mutex_) = 0;
  int failing_after_sending_ GUARDED_BY(mutex_) = 0;
  StreamPos pos_ GUARDED_BY(mutex_) = 1;
};

}  // namespace troupe::kit
