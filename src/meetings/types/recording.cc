#include "meetings/types/recording.h"

namespace troupe::meetings {

std::string_view to_string(RecordingState state) {
  switch (state) {
    case RecordingState::recording:
      return "recording";
    case RecordingState::ready:
      return "ready";
    case RecordingState::erased:
      break;
  }
  return "erased";
}

std::optional<RecordingState> parse_recording_state(std::string_view text) {
  for (const auto state : kRecordingStates) {
    if (to_string(state) == text) return state;
  }
  return std::nullopt;
}

}  // namespace troupe::meetings
