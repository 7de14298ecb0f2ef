// /api/v1/meetings, and where bots of meetings call back.
#pragma once
#include "api/kit.h"
#include "meetings/calls/call_bots.h"
#include "meetings/calls/words.h"
#include "meetings/routes/doors.h"
#include "meetings/thread/scribe.h"

namespace troupe::meetings::routes {

inline constexpr std::string_view kMeetingPrefix = "/api/v1/meetings";
inline constexpr std::string_view kMeetingScope = "bots";
inline constexpr net::route::Tag kMeetingTag{
    "meetings", "Bots in meetings: who asked for them, how they are, all that they did, and what was said."};

struct MeetingApi {
  api::Kit kit;
  MeetingDoor meetings;
  const thread::Scribe& scribe;
  const calls::CallBots& call_bots;
  calls::Words& words;
};

void add_meeting_routes(MeetingApi& api);
void add_callback_routes(MeetingApi& api);

}  // namespace troupe::meetings::routes
