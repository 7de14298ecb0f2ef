#include "meetings/commands/channels.h"

#include <fmt/format.h>

#include <charconv>

namespace troupe::meetings::commands {

std::array<std::string, 2> command_channels(MeetingId meeting, std::string_view connection_id) {
  return {fmt::format("bot_commands:{}", connection_id), fmt::format("bot_commands:meeting:{}", meeting)};
}

std::string report_channel(std::string_view connection_id) { return fmt::format("{}{}", kReports, connection_id); }

std::string chat_channel(MeetingId meeting) { return fmt::format("va:meeting:{}:chat", meeting); }

std::optional<MeetingId> meeting_of_chat(std::string_view channel) {
  constexpr std::string_view kBegin = "va:meeting:", kEnd = ":chat";
  if (channel.size() <= kBegin.size() + kEnd.size()) return std::nullopt;
  const auto digits = channel.substr(kBegin.size(), channel.size() - kBegin.size() - kEnd.size());
  MeetingId id = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), id);
  // As it is written here, and not otherwise.
  return id > 0 && channel == chat_channel(id) ? std::optional(id) : std::nullopt;
}

bool is_side_channel(MeetingId meeting, std::string_view channel) {
  return channel == fmt::format("va:meeting:{}:event_log", meeting) ||
         channel == fmt::format("tc:meeting:{}:mutable", meeting);
}

std::array<std::string, 2> status_channels(const Meeting& meeting) {
  return {fmt::format("bm:meeting:{}:{}:{}:status", meeting.owner_id, to_string(meeting.platform), meeting.native_id),
          fmt::format("bm:meeting:{}:status", meeting.id)};
}

}  // namespace troupe::meetings::commands
