// Follows the stream of events and keeps the index of words.
#pragma once
#include "homeserver/memory/event_lookup.h"
#include "homeserver/search/search_store.h"

namespace troupe::homeserver::search {

/// One per server. Sends never wait for it: it reads what was committed and writes in small pieces in the bulk lane.
class SearchIndexer {
 public:
  SearchIndexer(store::Database& db, memory::EventLookup& lookup);

  /// Makes the index where there is none. At the start.
  Result<Unit> open();
  /// Goes on where the last round ended, after a restart too, until everything committed is in the index, for a
  /// bounded number of pieces. One at a time. Errors: as Database::read and write.
  Task<Unit> follow();
  Engine engine() const { return engine_; }

 private:
  struct Piece;
  Result<Piece> read_piece(store::Connection& connection);

  store::Database& db_;
  memory::EventLookup& lookup_;
  const Engine engine_;
  // Positions that held nothing for the index cost no write until there are many of them.
  StreamPos noted_ = 0;   ///< the place that is in the database
  StreamPos looked_ = 0;  ///< how far was read since then
};

}  // namespace troupe::homeserver::search
