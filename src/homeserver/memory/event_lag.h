// How long after they came events are looked at by whoever goes through the stream.
#pragma once
#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "homeserver/memory/event_store.h"

namespace troupe::homeserver::memory {

inline constexpr std::string_view kEventLag = "troupe_homeserver_looked_after_seconds";
inline constexpr std::string_view kEventLagHelp = "From when an event came to when it has been looked at";

/// Callable from any thread. An event came when the stream's head passed it: the time that it bears is its sender's
/// word (an application service may say of it that it is years old, `?ts=`), and stands in only where the head passed
/// it before the start, or too long ago to be known.
class EventLag {
 public:
  EventLag(base::MetricRegistry& metrics, const std::string& by, const base::Clock& clock)
      : seconds_(metrics.histogram(kEventLag, kEventLagHelp, {"by"}).with({by})), clock_(clock) {}

  /// The stream's head is at a position from now on. After each commit; quick.
  void head_moved(StreamPos head) {
    const auto now = clock_.steady();
    const base::Lock lock(mutex_);
    // Commits of one moment are one step, so that a busy server's last minutes are known and not its last second.
    if (passed_.size() > 1 && now - passed_.back().at < kStep) {
      passed_.back().head = head;
      return;
    }
    passed_.push_back({head, now});
    if (passed_.size() > kSteps) passed_.pop_front();
  }

  void looked_at(const std::vector<StoredEventPtr>& events) {
    const auto now = clock_.steady();
    const base::Lock lock(mutex_);
    for (const auto& stored : events)
      seconds_.observe(std::max(0.0, std::chrono::duration<double>(waited(*stored, now)).count()));
  }

 private:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds kStep{20};
  static constexpr std::size_t kSteps = 4096;
  struct Passed {
    StreamPos head = 0;
    Time at;
  };

  std::chrono::nanoseconds waited(const StoredEvent& stored, Time now) const REQUIRES(mutex_) {
    const auto step = std::ranges::lower_bound(passed_, stored.pos, {}, &Passed::head);
    if (step == passed_.end()) return {};  // it came at this very moment
    if (step != passed_.begin()) return now - step->at;
    // Before the first step nothing says how long before.
    return std::chrono::milliseconds(clock_.unix_ms() - stored.event->origin_server_ts);
  }

  base::Histogram& seconds_;
  const base::Clock& clock_;
  base::Mutex mutex_;
  std::deque<Passed> passed_ GUARDED_BY(mutex_);
};

}  // namespace troupe::homeserver::memory
