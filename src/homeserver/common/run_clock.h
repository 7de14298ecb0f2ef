// The time by which waits run out: no step of the wall clock hurries or holds up what is to be done later.
#pragma once
#include <chrono>

#include "base/clock.h"

namespace troupe::homeserver {

/// The wall clock as it stood when this was made, going on by the steady clock. Times that a start before has stored
/// fit when the wall clock was right at both starts; who stores waits looks for those that are longer than any can be.
/// Callable from any thread.
class RunClock final : public base::Clock {
 public:
  explicit RunClock(const base::Clock& clock)
      : clock_(clock), start_ms_(clock.unix_ms()), start_steady_(clock.steady()) {}
  base::UnixMs unix_ms() const override {
    return start_ms_ + std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady() - start_steady_).count();
  }
  std::chrono::steady_clock::time_point steady() const override { return clock_.steady(); }

 private:
  const base::Clock& clock_;
  const base::UnixMs start_ms_;
  const std::chrono::steady_clock::time_point start_steady_;
};

}  // namespace troupe::homeserver
