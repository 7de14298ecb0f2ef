// Event id → position. Kept in lookup.db, which is derived: a missing or foreign file is rebuilt in the background.
// What is committed but not yet applied there is answered from memory.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "base/types.h"
#include "store/database.h"

namespace troupe::homeserver {

class EventLookup {
 public:
  static Result<std::unique_ptr<EventLookup>> open(std::filesystem::path file, store::Database& database);
  virtual ~EventLookup() = default;
  /// From any thread but an I/O thread (it may read a file). Until a rebuild is through it falls back to a scan for ids
  /// that are not there yet: slow, but right.
  virtual std::optional<StreamPos> find(store::Connection& connection, std::string_view event_id) = 0;
  /// Writer thread, after a commit, in ascending order of positions.
  virtual void committed(std::string_view event_id, StreamPos pos) = 0;
  virtual void stop() = 0;
};

}  // namespace troupe::homeserver
