// Wall time and steady time behind an interface, so that tests own the clock.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

namespace troupe::base {

/// Milliseconds since 1970-01-01 UTC, the unit of `origin_server_ts` and of every stored time.
using UnixMs = std::int64_t;

/// Callable from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixMs unix_ms() const = 0;
  virtual std::chrono::steady_clock::time_point steady() const = 0;
};

/// The machine's clock; one instance for the program.
const Clock& system_clock();

/// A clock that moves only when told to: for unit tests. Any thread may ask it, while another moves it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(UnixMs start = 1'700'000'000'000) : now_(start) {}
  UnixMs unix_ms() const override { return now_; }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(now_));
  }
  void advance(std::chrono::milliseconds by) { now_ += by.count(); }

 private:
  std::atomic<UnixMs> now_;
};

}  // namespace troupe::base
