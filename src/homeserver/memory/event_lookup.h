// Event id → position, and transaction → position of the event it made. Kept in lookup.db, which is derived: a missing
// file, or one that does not fit the database, is made anew in the background. What is committed but not in the file is
// answered from memory.
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/types.h"
#include "homeserver/memory/lookup_table.h"
#include "store/database.h"

namespace troupe::homeserver::memory {

struct LookupOptions {
  std::uint64_t first_slots = LookupTable::kFirstSlots;
  /// What the file leaves free of its disk when it grows. Nothing: a tenth of the disk, at most 256 MiB.
  std::optional<std::uint64_t> reserve_bytes{};
  /// After a growth that failed, before the next try; doubles up to ten minutes.
  std::chrono::milliseconds first_retry{60'000};
  /// Keys kept in memory while the file cannot take them; what is beyond is looked for in the ledger.
  std::size_t memory_keys = 2'000'000;
  /// A file with nothing new for this long is synced.
  std::chrono::milliseconds idle_sync{5'000};
  /// Tests: called before each piece of a rebuild, on its thread.
  std::function<void()> before_piece{};
};

/// Callable from any thread but an I/O thread (it may read a file), except where said.
class EventLookup {
 public:
  /// Writes the identity of a database that has none yet. Errors: of the database; without a file it goes on in memory.
  static Result<std::unique_ptr<EventLookup>> open(std::filesystem::path file, store::Database& database,
                                                   LookupOptions options = {});
  virtual ~EventLookup() = default;
  /// For readers. Until a rebuild is through it falls back to a scan for ids that are not there yet: slow, but right.
  virtual std::optional<StreamPos> find(store::Connection& connection, std::string_view event_id) = 0;
  /// The same for operations, which must not keep the writer waiting. Error: unavailable with retry_after (an id that
  /// is not known yet, and the file is being made anew).
  virtual Result<std::optional<StreamPos>> find_writing(store::Connection& connection, std::string_view event_id) = 0;
  struct Made {
    StreamPos pos = 0;
    std::string event_id;
  };
  /// The committed event that the request with this hash (event_store.h: txn_hash) made. Writer thread; never waits.
  /// Error: unavailable with retry_after while a lost file is made anew: better later than twice.
  virtual Result<std::optional<Made>> find_txn(store::Connection& connection, std::string_view txn_hash) = 0;
  /// Whether the file is being made anew, so that transactions are not known. Any thread; costs nothing.
  virtual bool rebuilding() const = 0;
  /// Nothing when well, else a sentence for the health check. Any thread.
  virtual std::optional<std::string> trouble() const = 0;
  /// Writer thread, after a commit, in ascending order of positions. `txn_hash` empty: none.
  virtual void committed(std::string_view event_id, std::string_view txn_hash, StreamPos pos) = 0;
  /// The head when the file was opened: what other processes commit after it comes through committed().
  virtual StreamPos opened_at() const = 0;
  virtual void stop() = 0;
};

/// What an operation answers while the file is made anew.
Error lookup_is_rebuilding();

}  // namespace troupe::homeserver::memory
