// Summaries as they are stored, sealed with the key of their transcript. All functions run inside the caller's
// transaction and throw store::SqlError.
#pragma once
#include "base/result.h"
#include "meetings/types/meeting.h"
#include "meetings/types/summary.h"
#include "store/database.h"

namespace troupe::meetings::summary {

struct Kept {
  SummaryState state = SummaryState::none;
  std::string problem{};             ///< of one that failed
  std::optional<Summary> summary{};  ///< of one that is done
};

SummaryState state_of(store::Connection& c, MeetingId meeting);
/// Errors: internal (the key of the transcript is none).
Result<Kept> find_summary(store::Connection& c, MeetingId meeting);

/// It is wanted, from now on or again.
void put_pending(store::Tx& tx, MeetingId meeting);
/// Of one that is pending; false: it is not any more, or its transcript was deleted. What its parts came to goes.
/// Errors as above.
Result<bool> put_done(store::Tx& tx, MeetingId meeting, const Summary& summary);
void put_failed(store::Tx& tx, MeetingId meeting, std::string_view problem);
/// There is none, and none is wanted.
void drop_summary(store::Tx& tx, MeetingId meeting);

/// False: it was deleted, or never was.
bool has_transcript(store::Connection& c, MeetingId meeting);
/// What came of a part that was asked for as `asked`. Nothing: it was not asked for yet, or the transcript was deleted.
Result<std::optional<std::string>> find_part(store::Connection& c, MeetingId meeting, std::string_view asked);
Result<Unit> put_part(store::Tx& tx, MeetingId meeting, std::string_view asked, std::string_view came);

}  // namespace troupe::meetings::summary
