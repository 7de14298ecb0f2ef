// The key of what was said in a meeting, found by the meeting.
#pragma once
#include <optional>

#include "meetings/transcripts/transcript_store.h"
#include "meetings/transcripts/vault.h"

namespace troupe::meetings::transcripts {

/// Nothing: the transcript was deleted, or never was. Error: internal (no key).
Result<std::optional<Vault>> vault_of(store::Connection& c, MeetingId meeting);

}  // namespace troupe::meetings::transcripts
