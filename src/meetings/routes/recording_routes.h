// The sound of meetings: /api/v1/meetings/{id}/recordings, where bots bring it, and for how long a tenant keeps it.
#pragma once
#include "meetings/routes/meeting_routes.h"
#include "meetings/routes/transcript_routes.h"

namespace troupe::meetings::routes {

struct RecordingApi {
  api::Kit kit;
  MeetingDoor meetings;
  RecordingDoor recordings;
  Readers& readers;  ///< by recordings
  RetentionDoor retention;
  records::TenantRetention server{};  ///< what is set for all; 0: for ever
};

void add_recording_routes(RecordingApi& api);
/// PUT /bots/internal/recording/{token}/{part}/{number}?until_ms=: the token is the credential.
void add_recording_upload(RecordingApi& api);
/// /api/v1/meetings/retention: what the caller's tenant says.
void add_retention_routes(RecordingApi& api);

}  // namespace troupe::meetings::routes
