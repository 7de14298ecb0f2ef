// What a whole transcript comes to: who spoke, in which languages. Kept so that it goes with the transcript.
#pragma once
#include "base/task.h"
#include "meetings/hooks/body.h"
#include "meetings/types/speech.h"
#include "store/database.h"

namespace troupe::meetings::after {

inline constexpr std::size_t kMostParticipants = 500;

/// Names in the order in which they were first heard; languages by how much was said in them.
hooks::Digest digest_of(const std::vector<Segment>& segments);

/// Errors: internal (the transcript's key is no key). Throws store::SqlError.
Result<Unit> put_digest(store::Tx& tx, MeetingId meeting, const hooks::Digest& digest);
/// Nothing: it was not made, or went with its transcript. Errors as above.
Result<std::optional<hooks::Digest>> find_digest(store::Connection& c, MeetingId meeting);

}  // namespace troupe::meetings::after
