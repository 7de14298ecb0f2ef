// How fast a service may be called: a bucket of tokens for each limit of the pack, and a line before it.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "assistant/calls/pauses.h"
#include "base/mutex.h"

namespace troupe::assistant::calls {

/// One limit that a call counts towards.
struct LimitOf {
  std::string key;        ///< service, key and what the limit is by
  std::size_t calls = 0;  ///< in so many seconds; 0: only what the service says by Retry-After
  std::size_t seconds = 0;
  bool shared = false;  ///< by all accounts
};

/// All limits of a call, as the pack has them, and one for the operation itself: what a Retry-After holds up where no
/// limit is said.
std::vector<LimitOf> limits_of(const Service& service, const packs::Offered& offered, const JsonObject& arguments);

inline constexpr std::size_t kMaxLimits = 10'000;       ///< buckets at once
inline constexpr std::size_t kMaxWaitingCalls = 1'000;  ///< before one bucket

/// One per server; callable from any thread. A bucket never lets more calls through than the limit in any stretch of
/// its length, bursts included. Who waits is served in order of coming, but nobody is held up by one who waits for
/// another limit. Buckets are forgotten when they are full and nobody waits.
class Limits {
 public:
  Limits(const base::Clock& clock, Pause pause) : clock_(clock), pause_(std::move(pause)) {}

  /// Completes when the call may go. Errors: limit_exceeded with retry_after (its turn would come after `until`, too
  /// many wait); conflict (cancelled meanwhile).
  Task<Unit> enter(std::vector<LimitOf> limits, std::chrono::steady_clock::time_point until, CallContext context);
  /// The service said that it wants no calls of these limits for so long; those that all accounts share go on.
  void hold(const std::vector<LimitOf>& limits, std::chrono::milliseconds time);
  std::size_t size() const;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Waiter;
  struct Bucket {
    std::size_t capacity = 0;  ///< 0: without tokens
    std::chrono::nanoseconds interval{0};
    std::size_t tokens = 0;
    TimePoint filled;  ///< when `tokens` was right
    TimePoint held_until;
    std::deque<Waiter*> line;

    void fill(TimePoint now);
    bool open(TimePoint now) const { return now >= held_until && (capacity == 0 || tokens > 0); }
    std::chrono::nanoseconds wait_of(TimePoint now, std::size_t before) const;
  };
  struct Waiter {
    std::vector<std::shared_ptr<Bucket>> buckets;
    std::uint64_t ticket = 0;  ///< in the order of coming: lines are in the order of tickets
  };
  static std::size_t place_of(const Bucket& bucket, const Waiter& waiter);

  Result<std::vector<std::shared_ptr<Bucket>>> buckets_of(const std::vector<LimitOf>& limits, TimePoint now)
      REQUIRES(mutex_);
  static bool take_turn(const Waiter& waiter, TimePoint now);
  static std::chrono::nanoseconds wait_of(const Waiter& waiter, TimePoint now);
  void leave(Waiter* waiter);

  const base::Clock& clock_;
  const Pause pause_;
  mutable base::Mutex mutex_;
  std::map<std::string, std::shared_ptr<Bucket>, std::less<>> buckets_ GUARDED_BY(mutex_);
  std::uint64_t tickets_ GUARDED_BY(mutex_) = 0;  ///< there have ever been
};

}  // namespace troupe::assistant::calls
