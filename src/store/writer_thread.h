// The thread that writes, as clang knows it.
#pragma once
#include "base/mutex.h"

namespace troupe::store {

/// What only the ledger's writer thread touches is GUARDED_BY this, and what only it calls REQUIRES it. Operations,
/// handlers of announcements and actions after a commit run there, too; they are the callers' and do not say so.
inline const base::Role writer_thread;

}  // namespace troupe::store
