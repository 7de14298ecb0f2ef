#include "meetings/types/summary.h"

#include "base/transitions.h"

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
  return base::find_named(kSummaryStates, text);
}

}  // namespace troupe::meetings
