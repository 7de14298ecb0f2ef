// Token buckets per account or address, in memory of a fixed size.
#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "net/route/router.h"

namespace troupe::net::route {

/// The numbers of every class. Modelled on Synapse's classes, more generous where a
/// person with two clients and a lively room would meet them.
struct RateLimits {
  bool enabled = true;
  RateClass read{100, 400};
  RateClass write{20, 100};
  RateClass message{10, 50};
  RateClass login{0.3, 10};
  RateClass registration{0.17, 5};
  RateClass join{1, 20};
  RateClass invite{1, 20};
  RateClass create_room{0.5, 10};
  RateClass upload{5, 30};
  RateClass search{2, 20};

  const RateClass& of(Rate rate) const;
};

/// Callable from any thread. A set-associative table of 32768 buckets (786 kB): when a set is full, the bucket that was
/// touched longest ago makes room, which can only be to its owner's advantage.
class RateLimiter {
 public:
  explicit RateLimiter(RateLimits limits, const base::Clock& clock = base::system_clock());

  /// Takes one token of `who` (an account or an address); if there is none, how long until there is. `own`: numbers in
  /// place of the class's.
  std::optional<std::chrono::milliseconds> take(Rate rate, std::string_view who, const RateClass* own = nullptr);

  /// The same without taking one.
  std::optional<std::chrono::milliseconds> look(Rate rate, std::string_view who);

  /// Not while requests are served.
  void set_limits(RateLimits limits) { limits_ = limits; }
  const RateLimits& limits() const { return limits_; }

 private:
  std::optional<std::chrono::milliseconds> ask(Rate rate, std::string_view who, double taken, const RateClass* own);
  struct Bucket {
    std::uint64_t key = 0;  ///< 0: free
    double tokens = 0;
    std::int64_t touched_ms = 0;
  };
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kSets = 4096;
  static constexpr std::size_t kLocks = 64;
  /// The sets whose number leaves the same rest.
  struct Stripe {
    base::Mutex mutex;
    std::array<Bucket, kSets / kLocks * kWays> buckets GUARDED_BY(mutex){};
  };

  RateLimits limits_;
  const base::Clock& clock_;
  std::uint64_t seed_;
  std::vector<Stripe> stripes_;
};

/// What an address counts as: itself, or its /64 for IPv6.
std::string_view rate_key_of_address(std::string_view address);

}  // namespace troupe::net::route
