// What WhisperLive's clients and servers say: the stock dialect, and Vexa's of its bots. Text in, text out.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "meetings/types/speech.h"
#include "meetings/whisper/audio.h"

namespace troupe::meetings::whisper {

/// The binary frame that ends the sound.
inline constexpr std::string_view kEndOfAudio = "END_OF_AUDIO";
inline constexpr std::size_t kMostOfText = 16 * 1024;  ///< of one text frame of a bot

// --- A bot to us ---------------------------------------------------------------------------------------------------

/// Of whom all of a session's sound is, where a bot hears each person by themselves.
struct Speaker {
  std::string id{};    ///< of the platform, 1 to 255 bytes
  std::string name{};  ///< as it is shown; at most 200 bytes
};

/// The first frame of a bot.
struct Hello {
  std::string uid{};       ///< 1 to 128 bytes
  std::string token{};     ///< empty: it stands in the request's head
  std::string platform{};  ///< of Vexa's dialect; empty in the stock one
  std::string meeting_id{};
  std::string language{};  ///< empty: to be detected
  std::string task{};
  SampleForm form = SampleForm::float32;
  std::optional<Speaker> speaker{};
};

/// `has_token`: the request's head had one; then the keys that only Vexa's dialect has need not be there.
/// Error: invalid_param, whose message is the wire's.
Result<Hello> read_hello(std::string_view text, bool has_token);
/// The uid of a first frame that is refused; empty where there is none.
std::string uid_of(std::string_view text);

/// What a bot says in text after that.
struct BotWord {
  enum class Kind { speaker, leaving, other };
  Kind kind = Kind::other;
  SpeakerEvent speaker{};
};
/// What is broken or unknown is `other`: these frames go beside the sound, and none is worth losing it.
BotWord read_bot_word(std::string_view text);

std::string refusal_frame(std::string_view uid, std::string_view message);
/// Come back after so long.
std::string wait_frame(std::string_view uid, std::chrono::milliseconds pause);
/// Vexa's bots wait for this form,
std::string vexa_ready_frame(std::string_view uid);
/// and stock clients for this one; both are sent.
std::string stock_ready_frame(std::string_view uid);
std::string segments_frame(std::string_view uid, const std::vector<Speech>& pieces);

// --- We to a server ------------------------------------------------------------------------------------------------

std::string server_hello(std::string_view uid, std::string_view language, std::string_view task,
                         std::string_view model);

/// A piece of speech as a server has it now, in the time of whoever says so.
struct Heard {
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;  ///< after `start_ms`
  std::string text{};
  std::string language{};
  bool completed = false;
};

struct ServerWord {
  enum class Kind { ready, wait, error, warning, disconnect, language, segments, other };
  Kind kind = Kind::other;
  std::chrono::milliseconds pause{0};  ///< of wait
  std::string text{};                  ///< of error and warning; the code of language
  std::vector<Heard> segments{};       ///< in the order of their begin
};
/// A frame for another `uid` is `other`, and so is what is not understood; segments without a time are left out.
ServerWord read_server_word(std::string_view text, std::string_view uid);

}  // namespace troupe::meetings::whisper
