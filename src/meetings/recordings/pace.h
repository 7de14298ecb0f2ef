// How fast the sound of a meeting comes.
#pragma once
#include <map>

#include "base/clock.h"
#include "base/mutex.h"
#include "meetings/records/recording_store.h"

namespace troupe::meetings::recordings {

/// Sound comes as fast as time passes, and a bot that sends more is none: so much at once, and so much each second
/// since this process first heard of the meeting. Counted by a clock that nobody sets: a wall clock that is set back
/// must not end a recording. Callable from any thread.
class Pace {
 public:
  static constexpr std::int64_t kBytesAtOnce = 16LL << 20;
  static constexpr std::int64_t kBytesEachSecond = 64LL << 10;
  static constexpr std::int64_t kChunksAtOnce = 1'000;
  static constexpr std::int64_t kChunksEachSecond = 2;

  explicit Pace(const base::Clock& clock) : clock_(clock) {}
  /// Whether so many bytes may come now in a meeting that has this much already.
  bool admits(MeetingId meeting, const records::Recorded& there, std::int64_t bytes);

 private:
  static constexpr std::size_t kMost = 10'000;  ///< then it is forgotten, and some may hurry once more
  struct Begin {
    std::chrono::steady_clock::time_point at{};
    records::Recorded there{};
  };
  const base::Clock& clock_;
  base::Mutex mutex_;
  std::map<MeetingId, Begin> begun_ GUARDED_BY(mutex_);
};

}  // namespace troupe::meetings::recordings
