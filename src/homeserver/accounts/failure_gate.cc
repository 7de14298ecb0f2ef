#include "homeserver/accounts/failure_gate.h"

#include <algorithm>

#include "net/route/rate_limit.h"

namespace troupe::homeserver::accounts {
namespace {

std::string key_of(const std::string& user_id, std::string_view address) {
  std::string key = user_id;
  key.push_back('\0');
  key += net::route::rate_key_of_address(address);
  return key;
}

}  // namespace

double FailureGate::now_count(const Failures& failures, const Limit& limit) const {
  const auto passed_s = static_cast<double>(std::max<base::UnixMs>(0, clock_.unix_ms() - failures.at)) / 1000;
  return std::max(0.0, failures.count - passed_s * limit.per_s);
}

Result<Unit> FailureGate::check(const Watched& watched, const std::string& key, const Limit& limit) {
  if (!enabled_) return Unit{};
  const auto found = watched.find(key);
  if (found == watched.end()) return Unit{};
  const auto count = now_count(found->second, limit);
  if (count < limit.burst) return Unit{};
  const auto wait_ms = static_cast<std::int64_t>((count - limit.burst + 1) / limit.per_s * 1000);
  return Error(Errc::limit_exceeded, "Too many wrong passwords for this account; try again later.")
      .with_retry_after(std::chrono::milliseconds(wait_ms));
}

Result<Unit> FailureGate::check_address(const std::string& user_id, std::string_view address) {
  const base::Lock lock(mutex_);
  return check(by_address_, key_of(user_id, address), kPerAddress);
}

Result<Unit> FailureGate::check_account(const std::string& user_id) {
  const base::Lock lock(mutex_);
  return check(by_account_, user_id, kPerAccount);
}

void FailureGate::add(Watched& watched, std::string key, const Limit& limit) {
  if (watched.size() >= kMaxWatched && !watched.contains(key)) {
    const auto count = [&](const auto& entry) { return now_count(entry.second, limit); };
    std::erase_if(watched, [&](const auto& entry) { return count(entry) < 1; });
    if (watched.size() >= kMaxWatched) watched.erase(std::ranges::min_element(watched, {}, count));
  }
  auto& failures = watched[std::move(key)];
  failures = {now_count(failures, limit) + 1, clock_.unix_ms()};
}

void FailureGate::failed(const std::string& user_id, std::string_view address) {
  if (!enabled_) return;
  const base::Lock lock(mutex_);
  add(by_address_, key_of(user_id, address), kPerAddress);
  add(by_account_, user_id, kPerAccount);
}

void FailureGate::succeeded(const std::string& user_id, std::string_view address) {
  if (!enabled_) return;
  const base::Lock lock(mutex_);
  by_address_.erase(key_of(user_id, address));
}

}  // namespace troupe::homeserver::accounts
