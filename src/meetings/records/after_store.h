// What is to be done after meetings, as it is stored. All functions run inside the caller's transaction and throw
// store::SqlError.
#pragma once
#include <vector>

#include "meetings/types/after.h"
#include "meetings/types/meeting.h"
#include "store/database.h"

namespace troupe::meetings::records {

/// Written with the end; a second time writes nothing.
void open_after(store::Tx& tx, MeetingId meeting, base::UnixMs now);
/// In their order.
std::vector<AfterRow> after_of(store::Connection& c, MeetingId meeting);
/// Meetings with a task that waits and is due.
std::vector<MeetingId> due_after(store::Connection& c, base::UnixMs now, std::int64_t most);
/// What became of a task that waited. False: somebody else has written so already, and nothing may be done for it.
bool update_after(store::Tx& tx, const AfterRow& row);

}  // namespace troupe::meetings::records
