// A transcript as a model is given it: in parts that fit. Pure.
#pragma once
#include <string>
#include <vector>

#include "meetings/types/speech.h"

namespace troupe::meetings::summary {

/// Requests that one transcript may come to, besides the one that puts them together.
inline constexpr std::size_t kMostParts = 16;

struct Parts {
  std::vector<std::string> lines{};  ///< of each part: one JSON object {at, who, text} on each line
  std::string left_out{};            ///< for people; empty: nothing
};

/// `most`: bytes of a part, at least 2,000. Of more than kMostParts the middle is left out: decisions fall at the end.
Parts split(const std::vector<Segment>& segments, std::size_t most);

}  // namespace troupe::meetings::summary
