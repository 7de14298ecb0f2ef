// Who spoke in a meeting, when and how much. Pure.
#pragma once
#include <vector>

#include "meetings/types/speech.h"

namespace troupe::meetings::transcripts {

inline constexpr std::size_t kMostParticipants = 500;

struct Participant {
  std::string name{};
  base::UnixMs first_ms = 0;  ///< first heard
  base::UnixMs last_ms = 0;   ///< last heard
  std::int64_t spoken_ms = 0;
  std::int64_t words = 0;  ///< texts apart by blanks: few in languages that write none
  std::int64_t segments = 0;
};

/// In the order in which they were first heard. Who nobody knows is nobody; two people of one name are one only
/// where nothing but their names is known. What overlaps counts once for each person.
std::vector<Participant> participants_of(const std::vector<Segment>& segments);

}  // namespace troupe::meetings::transcripts
