// Writes presence down, and goes on from it.
#pragma once
#include "homeserver/sync/presence.h"

namespace troupe::homeserver::sync {

/// Once, at the start: before it clients are answered, too. Whoever of them has come back says it better. At most
/// Presence::kMaxUsers rows.
Task<Unit> restore_presence(store::Database& db, Presence& presence);
/// What changed since the last call, by pieces. From a job, and at the end.
Task<Unit> save_presence(store::Database& db, Presence& presence);

}  // namespace troupe::homeserver::sync
