#include "homeserver/accounts/failure_gate.h"

#include <algorithm>

namespace troupe::homeserver {

double FailureGate::now_count(const Failures& failures) const {
  const auto passed_s = static_cast<double>(std::max<base::UnixMs>(0, clock_.unix_ms() - failures.at)) / 1000;
  return std::max(0.0, failures.count - passed_s * kPerSecond);
}

Result<Unit> FailureGate::check(const std::string& user_id) {
  if (!enabled_) return Unit{};
  std::lock_guard lock(mutex_);
  const auto found = by_user_.find(user_id);
  if (found == by_user_.end()) return Unit{};
  const auto count = now_count(found->second);
  if (count < kBurst) return Unit{};
  const auto wait_ms = static_cast<std::int64_t>((count - kBurst + 1) / kPerSecond * 1000);
  return Error(Errc::limit_exceeded, "Too many wrong passwords for this account; try again later.")
      .with_retry_after(std::chrono::milliseconds(wait_ms));
}

void FailureGate::failed(const std::string& user_id) {
  if (!enabled_) return;
  std::lock_guard lock(mutex_);
  if (by_user_.size() >= kMaxWatched && !by_user_.contains(user_id)) {
    std::erase_if(by_user_, [this](const auto& entry) { return now_count(entry.second) < 1; });
    if (by_user_.size() >= kMaxWatched) {
      by_user_.erase(
          std::ranges::min_element(by_user_, {}, [this](const auto& entry) { return now_count(entry.second); }));
    }
  }
  auto& failures = by_user_[user_id];
  failures = {now_count(failures) + 1, clock_.unix_ms()};
}

void FailureGate::succeeded(const std::string& user_id) {
  if (!enabled_) return;
  std::lock_guard lock(mutex_);
  by_user_.erase(user_id);
}

}  // namespace troupe::homeserver
