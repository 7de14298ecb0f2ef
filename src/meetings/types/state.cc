#include "meetings/types/state.h"

namespace troupe::meetings {

std::string_view to_string(State state) {
  switch (state) {
    case State::requested:
      return "requested";
    case State::starting:
      return "starting";
    case State::active:
      return "active";
    case State::reconfiguring:
      return "reconfiguring";
    case State::stopping:
      return "stopping";
    case State::completed:
      return "completed";
    case State::failed:
      return "failed";
    case State::error:
      return "error";
  }
  return "error";
}

std::string_view to_string(Trigger trigger) {
  switch (trigger) {
    case Trigger::launch:
      return "launch";
    case Trigger::join:
      return "join";
    case Trigger::fail_start:
      return "fail_start";
    case Trigger::reconfigure:
      return "reconfigure";
    case Trigger::reconfigured:
      return "reconfigured";
    case Trigger::not_applied:
      return "not_applied";
    case Trigger::stop:
      return "stop";
    case Trigger::cancel:
      return "cancel";
    case Trigger::end:
      return "end";
    case Trigger::expire:
      return "expire";
    case Trigger::exit_well:
      return "exit_well";
    case Trigger::exit_badly:
      return "exit_badly";
    case Trigger::fail_stop:
      return "fail_stop";
  }
  return "";
}

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::none:
      return "";
    case Phase::joining:
      return "joining";
    case Phase::awaiting_admission:
      return "awaiting_admission";
    case Phase::needs_help:
      return "needs_human_help";
  }
  return "";
}

std::optional<State> parse_state(std::string_view text) { return base::find_named(kStates, text); }

std::optional<Phase> parse_phase(std::string_view text) {
  if (text == "needs_help") return Phase::needs_help;  // Vexa's bot says so, its rows the other
  return base::find_named(kPhases, text);
}

std::string_view vexa_status(State state, Phase phase) {
  switch (state) {
    case State::requested:
      return "requested";
    case State::starting:
      return phase == Phase::none ? "requested" : to_string(phase);
    case State::active:
    case State::reconfiguring:
      return "active";
    case State::stopping:
      return "stopping";
    case State::completed:
      return "completed";
    case State::failed:
    case State::error:
      return "failed";
  }
  return "failed";
}

}  // namespace troupe::meetings
