#include "net/route/credential_guard.h"

namespace troupe::net::route {
namespace {

RateLimits unknown_rates(bool enabled) {
  RateLimits limits;
  limits.enabled = enabled;
  limits.login = kUnknownCredentials;
  return limits;
}

}  // namespace

CredentialGuard::CredentialGuard(bool enabled, const base::Clock& clock) : unknown_(unknown_rates(enabled), clock) {}

bool CredentialGuard::knows(const std::string& hash) const {
  const base::Lock lock(mutex_);
  return known_.contains(hash);
}

Result<Unit> CredentialGuard::admit(const std::string& hash, std::string_view remote_address) {
  if (knows(hash)) return Unit{};
  const auto wait = unknown_.look(Rate::login, rate_key_of_address(remote_address));
  if (!wait) return Unit{};
  return Error(Errc::limit_exceeded, "Too many unknown credentials came from your address; wait a moment.")
      .with_retry_after(*wait);
}

void CredentialGuard::good(const std::string& hash) {
  const base::Lock lock(mutex_);
  if (!known_.insert(hash).second) return;
  order_.push_back(hash);
  if (order_.size() <= kMostKnown) return;
  known_.erase(order_.front());
  order_.pop_front();
}

void CredentialGuard::bad(const std::string& hash, std::string_view remote_address) {
  {
    const base::Lock lock(mutex_);
    known_.erase(hash);
  }
  (void)unknown_.take(Rate::login, rate_key_of_address(remote_address));
}

}  // namespace troupe::net::route
