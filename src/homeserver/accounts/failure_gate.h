// Slows down guessing: after some wrong passwords for one account more tries are refused for a while.
#pragma once
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/result.h"

namespace troupe::homeserver {

/// Callable from any thread. Bounded: when too many accounts are watched, those with the fewest failures are dropped.
class FailureGate {
 public:
  static constexpr double kBurst = 10;
  static constexpr double kPerSecond = 0.17;
  static constexpr std::size_t kMaxWatched = 10'000;

  FailureGate(const base::Clock& clock, bool enabled) : clock_(clock), enabled_(enabled) {}

  /// Error: limit_exceeded with retry_after.
  Result<Unit> check(const std::string& user_id);
  void failed(const std::string& user_id);
  void succeeded(const std::string& user_id);

 private:
  struct Failures {
    double count = 0;  ///< leaks away at kPerSecond
    base::UnixMs at = 0;
  };
  double now_count(const Failures& failures) const;
  const base::Clock& clock_;
  const bool enabled_;
  std::mutex mutex_;
  std::unordered_map<std::string, Failures> by_user_;
};

}  // namespace troupe::homeserver
