// How many requests somebody has in a minute, as the chat face's clients know it: 100, then none until it is over.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/mutex.h"

namespace troupe::assistant::routes {

/// Callable from any thread.
class MinuteWindow {
 public:
  static constexpr std::int64_t kRequests = 100;
  static constexpr std::chrono::seconds kMinute{60};
  /// Who is remembered; beyond, whoever's minute began first makes room, to their advantage.
  static constexpr std::size_t kMostKnown = 10'000;

  explicit MinuteWindow(const base::Clock& clock) : clock_(clock) {}

  struct Taken {
    bool refused = false;
    std::int64_t remaining = 0;
    std::int64_t reset_s = 0;  ///< until the minute is over
  };
  /// Takes one request of `who`: an account, a key or an address.
  Taken take(std::string_view who);

 private:
  struct Window {
    std::chrono::steady_clock::time_point until;
    std::int64_t taken = 0;
  };
  void make_room(std::chrono::steady_clock::time_point now) REQUIRES(mutex_);

  const base::Clock& clock_;
  base::Mutex mutex_;
  std::map<std::string, Window, std::less<>> windows_ GUARDED_BY(mutex_);
};

}  // namespace troupe::assistant::routes
