// Who says a piece of speech, by who was speaking meanwhile.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "meetings/types/speech.h"

namespace troupe::meetings::transcripts {

inline constexpr std::int64_t kStillSpeaks = std::numeric_limits<std::int64_t>::max();

/// Somebody speaks, from a begin until the same person's next event.
struct Speaking {
  std::int64_t who = 0;
  std::int64_t from_ms = 0;
  std::int64_t until_ms = kStillSpeaks;
  std::string name{};
};

struct Attribution {
  std::string speaker{};
  SpeakerMapping mapping = SpeakerMapping::no_events;
};

/// Of those who speak in it the one who does so longest; of equals who began first. `all`: every Speaking that overlaps
/// the piece, however long ago it began. `any_events`: somebody spoke some time in the session.
Attribution attribute(std::vector<Speaking> all, std::int64_t start_ms, std::int64_t end_ms, bool any_events);

}  // namespace troupe::meetings::transcripts
