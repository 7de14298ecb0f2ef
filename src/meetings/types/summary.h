// What a model makes of a transcript.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace troupe::meetings {

enum class SummaryState {
  none,     ///< nobody wants one, nothing was said, or it went with its transcript
  pending,  ///< it is made once the meeting has ended
  done,
  failed,
};
inline constexpr std::array kSummaryStates{SummaryState::none, SummaryState::pending, SummaryState::done,
                                           SummaryState::failed};
std::string_view to_string(SummaryState state);
std::optional<SummaryState> parse_summary_state(std::string_view text);

/// What somebody is to do.
struct SummaryTask {
  std::string who{};  ///< empty: nobody was named
  std::string what{};
  std::string due{};  ///< as it was said; empty: it was not
  bool operator==(const SummaryTask&) const = default;
};

struct Summary {
  std::string text{};
  std::vector<std::string> decisions{};
  std::vector<SummaryTask> tasks{};
  std::string language{};  ///< in which it was asked for; empty: that of the transcript
  std::string left_out{};  ///< what of the transcript, or of the answer, is not in it; empty: nothing
  base::UnixMs made_ms = 0;
};

}  // namespace troupe::meetings
