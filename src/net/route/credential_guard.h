// What an address may cost with credentials that nobody knows.
#pragma once
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/mutex.h"
#include "base/result.h"
#include "net/route/rate_limit.h"

namespace troupe::net::route {

/// How many unknown credentials an address may show before the database is not asked any more: so many a second for
/// long, so many at once. It bounds the work, not the guessing, which 256 bits make hopeless; so it is wide enough that
/// an old script at an address is no trouble.
inline constexpr RateClass kUnknownCredentials{20, 200};

/// Stands before the look-up of a credential in the database. Whoever holds one that was made or was good here of late
/// passes, whatever others at the same address show. Callable from any thread.
class CredentialGuard {
 public:
  /// Credentials that are remembered; the oldest makes room.
  static constexpr std::size_t kMostKnown = 20'000;

  /// Not enabled: nobody is refused.
  CredentialGuard(bool enabled, const base::Clock& clock);

  /// Whether the credential with this hash may be looked up. Error: limit_exceeded, with retry_after.
  Result<Unit> admit(const std::string& hash, std::string_view remote_address);
  /// It was made just now, or found good. Whoever makes one says so before its owner can show it.
  void good(const std::string& hash);
  /// Nobody knows it, or no more.
  void bad(const std::string& hash, std::string_view remote_address);

 private:
  bool knows(const std::string& hash) const;

  mutable base::Mutex mutex_;
  std::unordered_set<std::string> known_ GUARDED_BY(mutex_);
  std::deque<std::string> order_ GUARDED_BY(mutex_);  ///< of known_; one that is bad stays here until its time
  RateLimiter unknown_;                               ///< by address
};

}  // namespace troupe::net::route
