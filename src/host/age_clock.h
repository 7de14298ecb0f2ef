// The time by which stored things are old: the wall clock, unless that has jumped ahead.
#pragma once
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/task.h"
#include "host/module.h"
#include "store/database.h"

namespace troupe::host {

/// What one start hands on to the next: by which time things were old, and a step ahead that is not believed yet.
struct AgeMark {
  base::UnixMs time_ms = 0;
  std::int64_t ahead_ms = 0;  ///< how far the wall clock is ahead of `time_ms` and has been all the while; 0: no step
  std::int64_t held_ms = 0;   ///< for how long, counted while a process ran
  bool operator==(const AgeMark&) const = default;
};

/// Every sweep that compares stored times with the present asks this clock. A wall clock that was set ahead by mistake
/// (by 40 days, say) would make everything old at once, and what is deleted does not come back when the clock is set
/// right. So a step ahead counts only when the clock has stood there for kHeldFor while the program ran; until then
/// time goes on here as if there had been no step, and the health check says so. A step back counts at once: nothing
/// becomes old by it. Callable from any thread.
class AgeClock final : public base::Clock {
 public:
  /// While a process runs its steady clock says how much time has passed: the wall clock may be so far ahead of that.
  static constexpr std::chrono::milliseconds kSlack = std::chrono::hours(1);
  /// At a start nothing says for how long no process ran. More than this is not believed at once.
  static constexpr std::chrono::milliseconds kLongestRest = std::chrono::days(7);
  static constexpr std::chrono::milliseconds kHeldFor = std::chrono::hours(24);
  static constexpr std::chrono::minutes kNoteEvery{10};

  /// Reads the mark that the last start left, and leaves its own. Not on an I/O thread. Errors: as Database::write_now.
  static Result<std::unique_ptr<AgeClock>> open(store::Database& db, const base::Clock& clock);
  AgeClock(store::Database& db, const base::Clock& clock, std::optional<AgeMark> last);

  /// The time by which things are old: at most the wall clock's.
  base::UnixMs unix_ms() const override;
  std::chrono::steady_clock::time_point steady() const override { return clock_.steady(); }
  /// The mark as it is now; its time may lie ahead of a wall clock that was set back.
  AgeMark look() const;
  /// Makes the present mark durable. From a job, every kNoteEvery, in the one process that sweeps.
  Task<Unit> note();
  /// For the health check: nothing, or what is wrong and what to do. A step below kLongestRest (a machine that slept)
  /// is in the log only.
  std::optional<std::string> trouble() const;

 private:
  store::Database& db_;
  const base::Clock& clock_;
  mutable base::Mutex mutex_;
  mutable AgeMark mark_ GUARDED_BY(mutex_);
  mutable std::chrono::steady_clock::time_point looked_at_ GUARDED_BY(mutex_);  ///< when mark_ was true
};

/// The program's AgeClock; where nobody offers one (small programs, tests) the context's clock.
const base::Clock& age_clock(const Context& context);

}  // namespace troupe::host
