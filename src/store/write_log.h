// The log of writes that a database in one file keeps beside it.
#pragma once
#include "store/database.h"

namespace troupe::store {

/// A database with such a log.
class WriteLog {
 public:
  virtual ~WriteLog() = default;
  virtual Task<Unit> empty_log() = 0;
  virtual void keep_room_in_log(std::uint64_t at_first) = 0;
};

/// Has the log begin anew, so that no file holds bytes of what was deleted before this call (docs/storage.md). A read
/// that is open for longer than 5 s meanwhile is cancelled. Errors: unavailable (not within 12 s, and then not at all;
/// disk full; stopping). On PostgreSQL nothing: that is its own business (VACUUM).
Task<Unit> empty_log(Database& db);

/// From now on the log has room ahead of the writer, `at_first` bytes to begin with and more as it fills, so that a
/// commit seldom makes the file longer: that costs the file system's journal. On PostgreSQL nothing.
void keep_room_in_log(Database& db, std::uint64_t at_first);

}  // namespace troupe::store
