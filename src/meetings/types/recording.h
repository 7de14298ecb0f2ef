// The sound of a meeting, as it is kept.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "meetings/types/meeting.h"

namespace troupe::meetings {

using RecordingId = std::int64_t;

enum class RecordingState {
  recording,  ///< chunks may come
  ready,      ///< it does not change any more
  erased,     ///< its key is gone, and its files are going
};
inline constexpr std::array kRecordingStates{RecordingState::recording, RecordingState::ready, RecordingState::erased};
std::string_view to_string(RecordingState state);
std::optional<RecordingState> parse_recording_state(std::string_view text);

/// What a bot recorded without a break: a page that is loaded anew begins another one.
struct Recording {
  RecordingId id = 0;
  MeetingId meeting = 0;
  std::string session_uid{};  ///< of the bot that recorded it
  std::string part{};         ///< what the bot calls it
  RecordingState state = RecordingState::recording;
  std::string key{};  ///< seals its chunks; empty: it is erased
  std::string media_type{};
  std::int64_t chunks = 0;
  std::int64_t next = 0;       ///< behind the highest number; more than `chunks`: some never came
  std::int64_t bytes = 0;      ///< of the sound, not of the files
  std::int64_t length_ms = 0;  ///< as the bot says
  base::UnixMs started_ms = 0;
  std::optional<base::UnixMs> ended_ms{};
  bool in_bucket = false;  ///< all of its pieces lie there, and not in the folder
};

/// One piece of it, in a file of its own.
struct RecordingChunk {
  RecordingId recording = 0;
  std::int64_t number = 0;  ///< from 0
  std::string file{};       ///< its name in the recording's folder
  std::int64_t bytes = 0;
  std::string digest{};
};

}  // namespace troupe::meetings
