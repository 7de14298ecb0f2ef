#include "fleet/models/breaker.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/retry.h"

namespace troupe::fleet::models {

std::string Breakers::key_of(std::int64_t tenant_id, const Endpoint& endpoint) {
  // The key itself stays out of what is remembered.
  const auto secret = base::hex(base::sha256(endpoint.key));
  return std::to_string(tenant_id) + "\n" + endpoint.base_url + "\n" + endpoint.model + "\n" + secret;
}

Breakers::Entry& Breakers::entry(const std::string& key) {
  auto [at, fresh] = entries_.try_emplace(key);
  at->second.used = ++uses_;
  if (fresh && entries_.size() > kMost) {
    entries_.erase(std::ranges::min_element(entries_, {}, [](const auto& one) { return one.second.used; }));
  }
  return at->second;
}

Breakers::State Breakers::state(const std::string& key) const {
  const base::Lock lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end() || !found->second.until) return State::closed;
  return clock_.steady() < *found->second.until ? State::open : State::half_open;
}

std::optional<BreakerPass> Breakers::enter(const std::string& key) {
  const base::Lock lock(mutex_);
  auto& one = entry(key);
  if (!one.until) return BreakerPass(*this, key, false);
  const auto now = clock_.steady();
  if (now < *one.until || (one.probed && now < *one.probed + kLostProbe)) return std::nullopt;
  one.probed = now;
  return BreakerPass(*this, key, true);
}

BreakerPass Breakers::insist(const std::string& key) { return {*this, key, false}; }

void Breakers::end(const std::string& key, bool probe, std::optional<bool> good,
                   std::optional<std::chrono::milliseconds> asked) {
  const base::Lock lock(mutex_);
  auto& one = entry(key);
  if (probe) one.probed.reset();
  if (!good) return;
  if (*good) {
    one.failures = 0;
    one.opened = 0;
    one.until.reset();
    return;
  }
  ++one.failures;
  const auto now = clock_.steady();
  const bool open = one.until && now < *one.until;
  if (!asked && (open || (!one.until && one.failures < kFailures))) return;
  auto pause = base::doubled(kFirstPause, one.opened, kLongestPause);
  if (asked) pause = std::clamp(*asked, std::chrono::milliseconds(1'000), kLongestAsked);
  if (!open) one.opened = std::min(one.opened + 1, 10);
  one.until = std::max(one.until.value_or(now), now + pause);
}

}  // namespace troupe::fleet::models
