// Slows down guessing: after some wrong passwords for one account more tries are refused for a while.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"

namespace troupe::homeserver::accounts {

/// Counts twice: what one address gets wrong of one account, and, with a higher limit, what all addresses get wrong of
/// it. So whoever guesses from one address shuts out nobody but that address; and a crowd that guesses together does
/// not shut out the owner, whose addresses are known. An IPv6 address counts as its /64. Callable from any thread.
/// Bounded: when too many are watched, those with the fewest failures are dropped.
class FailureGate {
 public:
  /// Failures at once, and how many are forgiven in a second.
  struct Limit {
    double burst;
    double per_s;
  };
  static constexpr Limit kPerAddress{10, 0.17};
  static constexpr Limit kPerAccount{100, 0.5};
  static constexpr std::size_t kMaxWatched = 10'000;

  FailureGate(const base::Clock& clock, bool enabled) : clock_(clock), enabled_(enabled) {}

  /// Whether this address guessed too often. `address` empty: no address, counted as one. Error: limit_exceeded with
  /// retry_after.
  Result<Unit> check_address(const std::string& user_id, std::string_view address);
  /// Whether all together did. To be passed over for an address that the account is known to use.
  Result<Unit> check_account(const std::string& user_id);
  void failed(const std::string& user_id, std::string_view address);
  /// Forgets what this address got wrong; what others did stays counted.
  void succeeded(const std::string& user_id, std::string_view address);

 private:
  struct Failures {
    double count = 0;  ///< leaks away at the limit's per_s
    base::UnixMs at = 0;
  };
  using Watched = std::unordered_map<std::string, Failures>;
  double now_count(const Failures& failures, const Limit& limit) const;
  Result<Unit> check(const Watched& watched, const std::string& key, const Limit& limit) REQUIRES(mutex_);
  void add(Watched& watched, std::string key, const Limit& limit) REQUIRES(mutex_);
  const base::Clock& clock_;
  const bool enabled_;
  base::Mutex mutex_;
  Watched by_address_ GUARDED_BY(mutex_);  ///< user id, NUL, address
  Watched by_account_ GUARDED_BY(mutex_);
};

}  // namespace troupe::homeserver::accounts
