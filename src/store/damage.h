// What reads and writes have found damaged: a page of the file, a row that holds no event. A restart does not heal it.
#pragma once
#include <optional>
#include <string>

#include "base/mutex.h"
#include "store/connection.h"

namespace troupe::store {

/// SQLSTATE data_corrupted, as PostgreSQL names it: SQLite's errors bear it, too, and what a module finds in its rows.
inline constexpr const char* kDataCorrupted = "XX001";
inline constexpr const char* kIndexCorrupted = "XX002";

/// One per database; callable from any thread.
class Damage {
 public:
  /// Says so in the log the first time, when the error is about damage.
  void note(const SqlError& error);
  /// Nothing while nothing damaged was met since the start, else a sentence for the health check.
  std::optional<std::string> trouble() const;

 private:
  mutable base::Mutex mutex_;
  std::string found_ GUARDED_BY(mutex_);
};

}  // namespace troupe::store
