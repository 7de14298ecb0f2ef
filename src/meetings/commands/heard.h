// What bots and transcribers write into streams, in the words of Vexa, read into what transcripts take. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "meetings/types/speech.h"

namespace troupe::meetings::commands {

/// A stream entry's names and values, in order.
using Fields = std::vector<std::pair<std::string, std::string>>;

/// One entry, understood.
struct Heard {
  enum class Kind { session_start, pieces, session_end, retract, speaker };
  Kind kind = Kind::pieces;
  /// Who says it, as far as the entry tells: the bot's token, or the meeting's number and the call's name.
  std::string token{};
  MeetingId meeting = 0;
  std::string native_id{};
  std::string session{};  ///< empty: the bot's own
  std::optional<base::UnixMs> began_ms{};
  std::vector<Speech> pieces{};
  std::vector<std::string> retracted{};
  SpeakerEvent event{};
};

inline constexpr std::size_t kMostPieces = 1'000;  ///< of one entry

/// Of the stream `transcription_segments`: the field `payload`, in the dialects with and without row numbers.
/// Errors, with what is wrong: bad_json; too_large (a text of more than 16 KiB, a name of more than 256 bytes).
Result<Heard> read_segments(const Fields& fields);
/// Of the stream `speaker_events_relative`: flat fields. Errors: bad_json, too_large.
Result<Heard> read_speaker(const Fields& fields);

}  // namespace troupe::meetings::commands
