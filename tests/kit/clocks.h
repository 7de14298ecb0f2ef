// Clocks that tests own. One that moves only when told to is base::ManualClock.
#pragma once
#include <atomic>

#include "base/clock.h"

namespace troupe::kit {

/// A clock that runs as the one beneath it, whose wall time can be set, and on which hours may pass. Callable from any
/// thread, as far as the one beneath is.
class ShiftedClock final : public base::Clock {
 public:
  explicit ShiftedClock(const base::Clock& beneath = base::system_clock()) : beneath_(beneath) {}
  base::UnixMs unix_ms() const override { return beneath_.unix_ms() + shift_ms + passed_ms; }
  std::chrono::steady_clock::time_point steady() const override {
    return beneath_.steady() + std::chrono::milliseconds(passed_ms);
  }
  std::atomic<std::int64_t> shift_ms{0};   ///< how far the wall clock was set
  std::atomic<std::int64_t> passed_ms{0};  ///< time that really goes by, by both clocks

 private:
  const base::Clock& beneath_;
};

}  // namespace troupe::kit
