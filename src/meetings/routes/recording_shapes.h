// What routes show of recordings.
#pragma once
#include "api/shape.h"
#include "api/words.h"
#include "meetings/types/recording.h"

namespace troupe::api {

template <>
struct Words<meetings::RecordingState> {
  static constexpr std::string_view name = {};
  static constexpr std::array values{meetings::RecordingState::recording, meetings::RecordingState::ready};
  static std::string_view word(meetings::RecordingState state) { return meetings::to_string(state); }
};

Shape<meetings::Recording> make_shape(Of<meetings::Recording>);

}  // namespace troupe::api
