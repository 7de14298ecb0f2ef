// What is to be done after meetings, as it is stored. All functions run inside the caller's transaction and throw
// store::SqlError.
#pragma once
#include <vector>

#include "meetings/types/after.h"
#include "meetings/types/meeting.h"
#include "store/database.h"

namespace troupe::meetings::records {

/// Written with the end; a second time writes nothing. With a summary where mtg_summary has a row.
void open_after(store::Tx& tx, MeetingId meeting, base::UnixMs now);
/// In their order.
std::vector<AfterRow> after_of(store::Connection& c, MeetingId meeting);
/// Which tasks are meant: a model takes long, and nothing else waits for it.
enum class AfterKind { quick, summary };
constexpr AfterKind kind_of(AfterTask task) {
  return task == AfterTask::summary ? AfterKind::summary : AfterKind::quick;
}
/// Meetings whose first task that waits is of this kind and due.
std::vector<MeetingId> due_after(store::Connection& c, AfterKind kind, base::UnixMs now, std::int64_t most);
/// The task is to be done now, once more or for the first time.
void open_after_again(store::Tx& tx, MeetingId meeting, AfterTask task, base::UnixMs now);
/// What became of a task that waited. False: somebody else has written so already, and nothing may be done for it.
bool update_after(store::Tx& tx, const AfterRow& row);

}  // namespace troupe::meetings::records
