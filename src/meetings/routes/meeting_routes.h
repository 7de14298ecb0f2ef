// /api/v1/meetings, and where bots of meetings call back.
#pragma once
#include "api/kit.h"
#include "meetings/life/service.h"

namespace troupe::meetings::routes {

struct MeetingApi {
  api::Kit kit;
  life::Meetings& meetings;
};

void add_meeting_routes(MeetingApi& api);
void add_callback_routes(MeetingApi& api);

}  // namespace troupe::meetings::routes
