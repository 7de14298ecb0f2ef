// Event id → position, and transaction → position of the event it made. Kept in lookup.db, which is derived: a missing
// or foreign file is rebuilt in the background. What is committed but not yet applied there is answered from memory.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
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
  struct Made {
    StreamPos pos = 0;
    std::string event_id;
  };
  /// The committed event that the request with this hash (event_store.h: txn_hash) made. Writer thread. While a lost
  /// file is rebuilt it waits, and throws a transient store::SqlError after some seconds: better late than twice.
  virtual std::optional<Made> find_txn(store::Connection& connection, std::string_view txn_hash) = 0;
  /// Writer thread, after a commit, in ascending order of positions. `txn_hash` empty: none.
  virtual void committed(std::string_view event_id, std::string_view txn_hash, StreamPos pos) = 0;
  /// The head when the file was opened: what other processes commit after it comes through committed().
  virtual StreamPos opened_at() const = 0;
  virtual void stop() = 0;
};

}  // namespace troupe::homeserver
