// Where meetings are held.
#pragma once
#include <array>
#include <optional>
#include <string_view>

namespace troupe::meetings {

enum class Platform { google_meet, teams, zoom, jitsi, matrix };
inline constexpr std::array kPlatforms{Platform::google_meet, Platform::teams, Platform::zoom, Platform::jitsi,
                                       Platform::matrix};

std::string_view to_string(Platform platform);
std::optional<Platform> parse_platform(std::string_view text);

/// What a bot does with speech.
enum class SpeechTask { transcribe, translate };
inline constexpr std::array kSpeechTasks{SpeechTask::transcribe, SpeechTask::translate};
std::string_view to_string(SpeechTask task);
std::optional<SpeechTask> parse_task(std::string_view text);

/// Whether it is a language that is transcribed: one of the codes of faster-whisper.
bool is_language(std::string_view code);

}  // namespace troupe::meetings
