#include "meetings/commands/channels.h"

#include <fmt/format.h>

namespace troupe::meetings::commands {

std::array<std::string, 2> command_channels(MeetingId meeting, std::string_view connection_id) {
  return {fmt::format("bot_commands:{}", connection_id), fmt::format("bot_commands:meeting:{}", meeting)};
}

std::string report_channel(std::string_view connection_id) { return fmt::format("{}{}", kReports, connection_id); }

bool is_side_channel(MeetingId meeting, std::string_view channel) {
  return channel == fmt::format("va:meeting:{}:chat", meeting) ||
         channel == fmt::format("va:meeting:{}:event_log", meeting) ||
         channel == fmt::format("tc:meeting:{}:mutable", meeting);
}

std::array<std::string, 2> status_channels(const Meeting& meeting) {
  return {fmt::format("bm:meeting:{}:{}:{}:status", meeting.owner_id, to_string(meeting.platform), meeting.native_id),
          fmt::format("bm:meeting:{}:status", meeting.id)};
}

}  // namespace troupe::meetings::commands
