#include "meetings/recordings/pace.h"

#include <algorithm>

namespace troupe::meetings::recordings {

bool Pace::admits(MeetingId meeting, const records::Recorded& there, std::int64_t bytes) {
  const auto now = clock_.steady();
  const base::Lock lock(mutex_);
  if (begun_.size() >= kMost && !begun_.contains(meeting)) begun_.clear();
  const auto& begin = begun_.try_emplace(meeting, Begin{.at = now, .there = there}).first->second;
  const auto passed = std::chrono::duration_cast<std::chrono::seconds>(now - begin.at);
  const auto seconds = std::max<std::int64_t>(0, passed.count());
  return there.bytes + bytes - begin.there.bytes <= kBytesAtOnce + seconds * kBytesEachSecond &&
         there.chunks + 1 - begin.there.chunks <= kChunksAtOnce + seconds * kChunksEachSecond;
}

}  // namespace troupe::meetings::recordings
