#include "meetings/types/summary.h"

namespace troupe::meetings {

std::string_view to_string(SummaryState state) {
  switch (state) {
    case SummaryState::none:
      return "none";
    case SummaryState::pending:
      return "pending";
    case SummaryState::done:
      return "done";
    case SummaryState::failed:
      return "failed";
  }
  return "";
}

std::optional<SummaryState> parse_summary_state(std::string_view text) {
  for (const auto state : kSummaryStates) {
    if (to_string(state) == text) return state;
  }
  return std::nullopt;
}

}  // namespace troupe::meetings
