// What is made of a transcript: /api/v1/meetings/{id}/summary and /participants.
#pragma once
#include "meetings/routes/transcript_routes.h"

namespace troupe::meetings::routes {

void add_summary_routes(TranscriptApi& api);

}  // namespace troupe::meetings::routes
