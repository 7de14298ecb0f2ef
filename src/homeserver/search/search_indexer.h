// Follows the stream of events and keeps the index of words.
#pragma once
#include <atomic>
#include <chrono>

#include "homeserver/memory/event_lookup.h"
#include "homeserver/memory/rooms.h"
#include "homeserver/search/search_store.h"
#include "store/async_gate.h"

namespace troupe::homeserver::search {

/// One per server. Sends never wait for it: it takes what was committed from memory, or reads it when memory does not
/// reach back that far, and writes in pieces of a few milliseconds in the bulk lane.
class SearchIndexer {
 public:
  /// When so many positions wait, the index is so far behind that it should not wait for its next round.
  static constexpr StreamPos kManyWaiting = 500;

  SearchIndexer(store::Database& db, memory::Rooms& rooms, memory::EventLookup& lookup);

  /// Makes the index where there is none. At the start.
  Result<Unit> open();
  /// Goes on where the last round ended, after a restart too, until everything committed is in the index, for a
  /// bounded number of words. Rounds come one after the other. Errors: as Database::read and write; unavailable when
  /// more than one waits for the round that runs.
  Task<Unit> follow();
  /// The same, when many wait.
  Task<Unit> follow_if_many();
  /// Where something was redacted or purged: puts the index's parts together, until no file has a word of it any more.
  /// Rests between two times as long as one takes many times over, and at least kRest, after a failure too. Not on
  /// PostgreSQL.
  Task<Unit> clear(std::chrono::steady_clock::time_point now);
  static constexpr std::chrono::milliseconds kRest{8'000};
  /// Removes what an older program left, piece by piece. With a database that several processes share, an older one may
  /// still answer from its own: not before kOlderStays have passed since the start.
  Task<Unit> remove_older(std::chrono::steady_clock::time_point now);
  static constexpr std::chrono::hours kOlderStays{1};
  Engine engine() const { return engine_; }

 private:
  struct Piece;
  Task<Unit> find_place();
  Task<Piece> next_piece();
  bool take_recent(Piece& piece) const;
  void read_changed(store::Connection& connection, Piece& piece);
  Task<Unit> write(const Piece& piece);
  Task<Unit> put_together(std::int64_t number);

  store::Database& db_;
  memory::Rooms& rooms_;
  memory::EventLookup& lookup_;
  const Engine engine_;
  store::AsyncGate rounds_{1, 1};
  // Positions that held nothing for the index cost no write until there are many of them.
  StreamPos noted_ = 0;                ///< the place that is in the database
  std::atomic<StreamPos> looked_ = 0;  ///< how far was read since then
  StreamPos filled_upto_ = 0;          ///< at the start the index held nothing behind this
  store::AsyncGate clearing_{1, 1};
  std::chrono::steady_clock::time_point older_until_ = std::chrono::steady_clock::now() + kOlderStays;
  std::chrono::steady_clock::time_point rests_until_{};
};

}  // namespace troupe::homeserver::search
