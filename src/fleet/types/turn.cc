#include "fleet/types/turn.h"

namespace troupe::fleet {

std::string_view to_string(TurnState state) {
  switch (state) {
    case TurnState::asked:
      return "asked";
    case TurnState::replying:
      return "replying";
    case TurnState::answered:
      return "answered";
    case TurnState::failed:
      return "failed";
    case TurnState::skipped_stopped:
      return "skipped_stopped";
    case TurnState::skipped_stale:
      return "skipped_stale";
    case TurnState::skipped_loop:
      return "skipped_loop";
    case TurnState::skipped_overload:
      return "skipped_overload";
    case TurnState::skipped_budget:
      return "skipped_budget";
    case TurnState::cancelled:
      return "cancelled";
  }
  return "failed";
}

std::optional<TurnState> parse_turn_state(std::string_view text) {
  for (auto state : {TurnState::asked, TurnState::replying, TurnState::answered, TurnState::failed,
                     TurnState::skipped_stopped, TurnState::skipped_stale, TurnState::skipped_loop,
                     TurnState::skipped_overload, TurnState::skipped_budget, TurnState::cancelled}) {
    if (text == to_string(state)) return state;
  }
  return std::nullopt;
}

}  // namespace troupe::fleet
