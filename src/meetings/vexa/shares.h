// Links by which whoever has one reads a transcript: nobody can guess them, they end by themselves and with the
// transcript, and their owner may take them back.
#pragma once
#include <chrono>
#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "meetings/types/meeting.h"
#include "store/database.h"

namespace troupe::meetings::vexa {

struct Share {
  std::string id{};  ///< 43 letters; only its hash is kept
  base::UnixMs expires_ms = 0;
};

/// Callable from any thread.
class Shares {
 public:
  static constexpr std::chrono::seconds kUsual{900};
  static constexpr std::chrono::seconds kShortest{60};
  static constexpr std::chrono::seconds kLongest{86'400};
  static constexpr std::int64_t kMostOfMeeting = 20;  ///< that have not ended

  Shares(store::Database& db, const base::Clock& clock) : db_(db), clock_(clock) {}

  /// The caller has made sure of the meeting. Errors: limit_exceeded; conflict (its transcript was deleted).
  Task<Share> make(MeetingId meeting, std::chrono::seconds lives);
  /// All of a meeting. How many there were that had not ended.
  Task<std::int64_t> take_back(MeetingId meeting);
  /// Error: not_found (also one that has ended, or whose transcript was deleted).
  Task<Meeting> find(std::string id);

 private:
  store::Database& db_;
  const base::Clock& clock_;
};

}  // namespace troupe::meetings::vexa
