// /api/v1/meetings, and where bots of meetings call back.
#pragma once
#include "api/kit.h"
#include "meetings/life/service.h"
#include "meetings/thread/scribe.h"

namespace troupe::meetings::routes {

struct MeetingApi {
  api::Kit kit;
  life::Meetings& meetings;
  const thread::Scribe& scribe;
};

void add_meeting_routes(MeetingApi& api);
void add_callback_routes(MeetingApi& api);

}  // namespace troupe::meetings::routes
