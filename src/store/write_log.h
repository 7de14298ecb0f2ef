// The log of writes that a database in one file keeps beside it.
#pragma once
#include "store/database.h"

namespace troupe::store {

/// A database with such a log.
class WriteLog {
 public:
  virtual ~WriteLog() = default;
  virtual Task<Unit> empty_log() = 0;
};

/// Has the log begin anew, so that no file holds bytes of what was deleted before this call (docs/storage.md). A read
/// that is open for longer than 5 s meanwhile is cancelled. Errors: unavailable (not within 12 s, and then not at all;
/// disk full; stopping). On PostgreSQL nothing: that is its own business (VACUUM).
Task<Unit> empty_log(Database& db);

}  // namespace troupe::store
