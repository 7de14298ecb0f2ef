// How often somebody may call Vexa's dialect, and how often still, as its clients read it: X-RateLimit-Limit and
// X-RateLimit-Remaining.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>

#include "base/clock.h"
#include "base/mutex.h"
#include "net/route/router.h"

namespace troupe::meetings::vexa {

/// A token bucket for each person, with the numbers of Vexa 0.12. Beside the server's own limits, which come first.
/// Callable from any thread.
class CallRate {
 public:
  static constexpr std::int64_t kBurst = 120;
  static constexpr std::int64_t kPerSecond = 40;
  static constexpr std::size_t kMost = 10'000;  ///< people that are remembered

  /// Not `enabled`: nobody is refused, and headers say what would be.
  CallRate(bool enabled, const base::Clock& clock) : enabled_(enabled), clock_(clock) {}

  struct Taken {
    std::int64_t remaining = 0;
    std::optional<std::chrono::milliseconds> wait{};  ///< refused: until there is one again
  };
  Taken take(std::int64_t who);

 private:
  struct Bucket {
    double tokens = kBurst;
    std::chrono::steady_clock::time_point at{};
  };
  bool enabled_;
  const base::Clock& clock_;
  base::Mutex mutex_;
  std::map<std::int64_t, Bucket> buckets_ GUARDED_BY(mutex_);
};

/// The handler behind the limit, its answers with the headers. `rate` outlives it.
net::route::Handler limited(CallRate& rate, net::route::Handler run);

}  // namespace troupe::meetings::vexa
