// The names of Redis channels and streams that bots of meetings use.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "meetings/types/meeting.h"

namespace troupe::meetings::commands {

inline constexpr std::string_view kSegments = "transcription_segments";
inline constexpr std::string_view kSpeakers = "speaker_events_relative";

/// Where its commands come: by its session, as Vexa's older bots listen, and by its meeting, as the newer ones do.
std::array<std::string, 2> command_channels(MeetingId meeting, std::string_view connection_id);
inline constexpr std::string_view kReports = "bot_reports:";
/// Where it says what it did with a command: Troupe's own.
std::string report_channel(std::string_view connection_id);
/// Where Vexa's newer bots publish what is written in the call's own chat.
std::string chat_channel(MeetingId meeting);
inline constexpr std::string_view kChatPattern = "va:meeting:*:chat";
/// Whose chat a channel is; nothing: it is another channel.
std::optional<MeetingId> meeting_of_chat(std::string_view channel);
/// Where they publish besides: events, what is just being said. Nobody listens here.
bool is_side_channel(MeetingId meeting, std::string_view channel);
/// Where a meeting's status is said: by user, platform and call, and by its number.
std::array<std::string, 2> status_channels(const Meeting& meeting);

}  // namespace troupe::meetings::commands
