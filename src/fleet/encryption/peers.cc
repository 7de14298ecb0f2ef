#include "fleet/encryption/peers.h"

#include <algorithm>

#include "base/log.h"
#include "fleet/encryption/encryption_store.h"

namespace troupe::fleet::encryption {
namespace {

constexpr std::size_t kAskedAtOnce = 200;
/// More are forgotten and asked for again.
constexpr std::size_t kMaxUsers = 50'000;
constexpr std::size_t kMaxDevicesEach = 200;
constexpr std::size_t kMaxChanged = 10'000;
/// What is seen again and again is noted so often.
constexpr std::int64_t kSeenAgainMs = 30LL * 24 * 60 * 60 * 1000;

std::vector<PeerDevice> published_devices(const matrix::JsonObject& answer, const std::string& user_id) {
  std::vector<PeerDevice> found;
  const auto* all = matrix::find_object(answer, "device_keys");
  const auto* of_user = all ? matrix::find_object(*all, user_id) : nullptr;
  if (of_user == nullptr) return found;
  for (const auto& member : *of_user) {
    if (found.size() == kMaxDevicesEach) break;
    const auto* object = member.value().if_object();
    if (object == nullptr) continue;
    if (auto device = read_device_keys(*object, user_id, std::string_view(member.key()))) {
      found.push_back(*std::move(device));
    } else {
      base::log_debug("fleet", "A device's keys are passed over: badly formed, or not signed by itself.",
                      {{"user_id", user_id}, {"device_id", std::string(std::string_view(member.key()))}});
    }
  }
  return found;
}

std::string published_master(const matrix::JsonObject& answer, const std::string& user_id) {
  const auto* all = matrix::find_object(answer, "master_keys");
  const auto* of_user = all ? matrix::find_object(*all, user_id) : nullptr;
  return of_user ? cross_signing_key(*of_user, user_id) : std::string();
}

}  // namespace

Peers::Peers(asio::any_io_executor home, term::TermStore& store, matrix::KeyExchange& keys, const base::Clock& clock,
             base::MetricRegistry& metrics)
    : home_(home),
      line_(std::make_shared<Line>(std::move(home))),
      store_(store),
      keys_(keys),
      clock_(clock),
      changed_keys_(metrics.counter("troupe_fleet_changed_device_keys_total",
                                    "Devices that came with other keys than before, and are refused.")) {}

Task<Unit> Peers::follow_changes() {
  CO_TRY(const auto changes, co_await keys_.key_changes(changes_upto_));
  if (changes_upto_ == 0) users_.clear();
  for (const auto& user_id : changes.user_ids) {
    users_.erase(user_id);
    ++generation_;
    changed_.push_back(user_id);
    if (changed_.size() > kMaxChanged) changed_.pop_front();
  }
  changes_upto_ = std::max(changes_upto_, changes.upto);
  co_return Unit{};
}

bool Peers::changed_since(std::uint64_t generation, const std::set<std::string, std::less<>>& of) const {
  const auto later = generation_ - generation;
  if (later > changed_.size()) return true;  // more than is remembered
  return std::any_of(changed_.end() - static_cast<std::ptrdiff_t>(later), changed_.end(),
                     [&](const std::string& user_id) { return of.contains(user_id); });
}

Task<Unit> Peers::refresh(std::string asker, std::set<std::string> user_ids) {
  const auto turn = co_await Line::enter(line_);
  CO_TRY(co_await follow_changes());
  std::vector<std::string> unknown;
  auto find_unknown = [&] {
    unknown.clear();
    for (const auto& user_id : user_ids) {
      if (!users_.contains(user_id)) unknown.push_back(user_id);
    }
  };
  find_unknown();
  if (users_.size() + unknown.size() > kMaxUsers) {
    users_.clear();
    find_unknown();
  }
  for (std::size_t at = 0; at < unknown.size(); at += kAskedAtOnce) {
    const auto end = std::min(unknown.size(), at + kAskedAtOnce);
    CO_TRY(co_await ask(asker, {unknown.begin() + static_cast<std::ptrdiff_t>(at),
                                unknown.begin() + static_cast<std::ptrdiff_t>(end)}));
  }
  co_return Unit{};
}

Task<Unit> Peers::ask(std::string asker, std::vector<std::string> user_ids) {
  CO_TRY(const auto answer, co_await keys_.query_keys(std::move(asker), user_ids));
  std::vector<Published> published;
  for (auto& user_id : user_ids) {
    Published one{
        .user_id = {}, .devices = published_devices(answer, user_id), .master_key = published_master(answer, user_id)};
    one.user_id = std::move(user_id);
    published.push_back(std::move(one));
    co_await asio::post(home_, asio::use_awaitable);  // signatures were checked: others first
  }
  co_return co_await take(std::move(published));
}

Task<Unit> Peers::take(std::vector<Published> published) {
  auto look = [&](store::Connection& c) -> Result<std::vector<Known>> {
    std::vector<Known> known;
    known.reserve(published.size());
    for (const auto& one : published) {
      known.push_back({.devices = peer_devices(c, one.user_id), .master_key = peer_master(c, one.user_id)});
    }
    return known;
  };
  CO_TRY(const auto known, co_await store_.look(look));
  Seen seen;
  std::map<std::string, User> users;
  for (std::size_t i = 0; i < published.size(); ++i) {
    auto user_id = published[i].user_id;
    users[std::move(user_id)] = compare(std::move(published[i]), known[i], seen);
  }
  if (!seen.devices.empty() || !seen.crowded.empty() || !seen.master_keys.empty()) {
    auto write = [&, now = clock_.unix_ms()](store::Tx& tx) -> Result<Unit> {
      for (const auto& row : seen.devices) put_peer(tx, row);
      for (const auto& user_id : seen.crowded) shrink_peer(tx, user_id);
      for (const auto& [user_id, master_key] : seen.master_keys) put_peer_master(tx, user_id, master_key, now);
      return Unit{};
    };
    CO_TRY(co_await store_.write(write));
  }
  for (auto& [user_id, user] : users) users_[user_id] = std::move(user);
  co_return Unit{};
}

Peers::User Peers::compare(Published published, const Known& known, Seen& seen) {
  User user;
  const auto now = clock_.unix_ms();
  // Of too many those are forgotten that were not seen for the longest time: what is there is seen now.
  const bool crowded = std::ssize(known.devices) + std::ssize(published.devices) > kMaxPeerDevices;
  if (crowded) seen.crowded.push_back(published.user_id);
  const auto& user_id = published.user_id;
  for (auto& device : published.devices) {
    const auto before = std::ranges::find(known.devices, device.device_id, &PeerRow::device_id);
    PeerRow row{.user_id = device.user_id,
                .device_id = device.device_id,
                .curve25519 = device.curve25519,
                .ed25519 = device.ed25519,
                .seen_ms = now};
    if (before == known.devices.end()) {
      seen.devices.push_back(std::move(row));
    } else if (before->curve25519 != device.curve25519 || before->ed25519 != device.ed25519) {
      changed_keys_.add();
      base::log_error("fleet", "A device came with other keys than before; bots neither write to it nor read from it.",
                      {{"user_id", user_id}, {"device_id", device.device_id}});
      user.refused.insert(device.curve25519);
      continue;
    } else if (crowded || now - before->seen_ms >= kSeenAgainMs) {
      seen.devices.push_back(std::move(row));
    }
    user.devices.push_back(std::move(device));
  }
  if (!published.master_key.empty() && published.master_key != known.master_key) {
    if (!known.master_key.empty()) {
      base::log_warning("fleet", "Somebody has other cross-signing keys than before.", {{"user_id", user_id}});
    }
    seen.master_keys.emplace_back(user_id, std::move(published.master_key));
  }
  return user;
}

const std::vector<PeerDevice>& Peers::devices(const std::string& user_id) const {
  static const std::vector<PeerDevice> kNone;
  const auto found = users_.find(user_id);
  return found == users_.end() ? kNone : found->second.devices;
}

const PeerDevice* Peers::find(const std::string& user_id, std::string_view curve25519) const {
  const auto& all = devices(user_id);
  const auto found = std::ranges::find(all, curve25519, &PeerDevice::curve25519);
  return found == all.end() ? nullptr : &*found;
}

bool Peers::is_refused(const std::string& user_id, std::string_view curve25519) const {
  const auto found = users_.find(user_id);
  return found != users_.end() && found->second.refused.contains(std::string(curve25519));
}

}  // namespace troupe::fleet::encryption
