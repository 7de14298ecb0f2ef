// What is kept of who was mentioned or invited where (hs_notify), and for how long.
#pragma once
#include "base/task.h"
#include "store/database.h"

namespace troupe::homeserver::sync {

/// Removes what users were to be told of in rooms that they have left, and what their receipts say they have read. From
/// a job: goes over the table by pieces, and on where the last call ended.
Task<Unit> forget_read_notifications(store::Database& db);

}  // namespace troupe::homeserver::sync
