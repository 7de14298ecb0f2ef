// What is said in a call: as transcribers tell it, and as it is kept.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/types.h"
#include "meetings/types/meeting.h"

namespace troupe::meetings {

/// A stretch of hearing within a meeting: times in it count from `began_ms`. A bot's first one, and another one for
/// each time that it was cut off or told of another language.
struct SpeechSession {
  MeetingId meeting = 0;
  std::string uid{};  ///< 1 to 128 bytes; of one meeting never used twice
  std::string language{};
  base::UnixMs began_ms = 0;
  std::optional<base::UnixMs> ended_ms{};
};

/// A piece of speech as a transcriber has it now. Said again with the same session, start and speaker it replaces what
/// was said before.
struct Speech {
  std::int64_t start_ms = 0;  ///< from the session's begin, not below 0
  std::int64_t end_ms = 0;
  std::string text{};      ///< UTF-8
  std::string language{};  ///< empty: not said
  bool completed = false;  ///< it will not change any more
  /// Who speaks, where whoever heard it knows (one track per person); empty: the speakers' events tell.
  std::string speaker{};
  std::string speaker_key{};  ///< of the platform, where `speaker` is only a name
  /// Of whoever names pieces by itself (Vexa's newer bots): replaces by this name. Empty: by start and speaker.
  std::string segment_id{};
};

/// Somebody began or ceased to speak.
struct SpeakerEvent {
  std::int64_t at_ms = 0;  ///< from the session's begin
  bool begins = false;
  std::string name{};
  std::string key{};  ///< of the platform; two people may have one name
};

/// How sure `speaker` is.
enum class SpeakerMapping {
  mapped,
  several,    ///< more than one spoke meanwhile; it is whoever did so longest
  no_events,  ///< nobody's beginnings and ends are known in this session
  unknown,    ///< nobody spoke meanwhile, as far as is known
};
inline constexpr std::array kSpeakerMappings{SpeakerMapping::mapped, SpeakerMapping::several, SpeakerMapping::no_events,
                                             SpeakerMapping::unknown};
std::string_view to_string(SpeakerMapping mapping);
std::optional<SpeakerMapping> parse_mapping(std::string_view text);

/// A piece of a transcript, as it is kept.
struct Segment {
  std::string id{};  ///< `{session uid}:{speaker key}:{start in ms}`, or as it was named; unique in its meeting
  MeetingId meeting = 0;
  std::string session_uid{};
  std::int64_t start_ms = 0;  ///< from the session's begin
  std::int64_t end_ms = 0;
  base::UnixMs said_ms = 0;  ///< when it began to be said; stays the same however often the text changes
  base::UnixMs until_ms = 0;
  std::string text{};
  std::string language{};
  std::string speaker{};  ///< empty: nobody knows
  /// Of the platform (of a Matrix call: the user id): people of one name are told apart by it. Empty: only the name is
  /// known, or it comes from speakers' events, where a person who comes back has another key. No answer has it.
  std::string speaker_key{};
  SpeakerMapping mapping = SpeakerMapping::unknown;
  bool final = false;      ///< it changes no more, unless nobody completed it in time and somebody does so later
  bool retracted = false;  ///< taken back; its text is empty. Listed only among changes
  StreamPos changed = 0;   ///< position of its last change: where followers go on
  base::UnixMs updated_ms = 0;
  std::int64_t number = 0;  ///< made of its id, above 0, unique in its meeting; says nothing about it

  /// By which speakers are told apart; empty: nobody knows who it is.
  const std::string& who() const { return speaker_key.empty() ? speaker : speaker_key; }
};

}  // namespace troupe::meetings
