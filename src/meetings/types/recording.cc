#include "meetings/types/recording.h"

#include "base/transitions.h"

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
  return base::find_named(kRecordingStates, text);
}

}  // namespace troupe::meetings
