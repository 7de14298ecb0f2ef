// All rooms: loading, staging of changes during a batch, publishing after the commit.
#pragma once
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "homeserver/memory/event_counts.h"
#include "homeserver/memory/event_lookup.h"
#include "homeserver/memory/room.h"
#include "store/database.h"

namespace troupe::homeserver::memory {

class Users;

/// What one operation changed in one room, before the commit. Layers: operation over batch over committed room.
struct RoomStage {
  RoomPtr room;
  StateMap state;                      ///< changed entries only
  std::vector<StoredEventPtr> events;  ///< new, in order
  std::vector<StoredEventPtr> pruned;  ///< redacted events in their new form
  std::string last_event_id;
  std::int64_t depth = 0;
  bool is_new = false;
  std::optional<StreamPos> gone;   ///< purged, at this position
  StreamPos forgotten_before = 0;  ///< messages before it were removed
};

/// A room as an operation on the writer thread sees it: with everything staged before in this batch.
/// Valid only inside the operation.
class RoomForWrite : public matrix::StateView {
 public:
  const Room& room() const;
  matrix::EventPtr state(std::string_view type, std::string_view state_key) const override;
  StoredEventPtr state_event(std::string_view type, std::string_view state_key) const;
  std::string_view membership(std::string_view user_id) const;
  /// All current members with this membership; walks the member state.
  std::vector<std::string> members(std::string_view membership) const;
  /// The first current member with this membership for whom `accept` says yes; empty when there is none.
  std::string find_member(std::string_view membership, const std::function<bool(std::string_view)>& accept) const;
  /// An event of this room by its id, with what this batch staged; nullptr when there is none.
  /// Error: unavailable (EventLookup::find_writing).
  Result<StoredEventPtr> find_event(store::Tx& tx, std::string_view event_id) const;
  const matrix::RoomVersion& version() const { return room_->version(); }
  const std::string& last_event_id() const;
  std::int64_t depth() const;

  struct Origin {
    std::string device;
    std::string txn_id;
    std::string txn_hash;  ///< of the request, to be found again by Rooms::find_txn; empty: none
  };
  /// A draft that the rules let into the room as this operation sees it.
  class Allowed {
   public:
    const matrix::EventDraft& draft() const { return draft_; }

   private:
    friend class RoomForWrite;
    explicit Allowed(matrix::EventDraft draft) : draft_(std::move(draft)) {}
    matrix::EventDraft draft_;
  };
  /// Error: forbidden.
  Result<Allowed> allow(matrix::EventDraft draft) const;
  /// Builds, inserts and stages one event; nothing may change the room between allow() and this. Errors: too_large,
  /// bad_json. Positions come from tx.next_pos(). The caller handles transaction ids before calling (Rooms::find_txn).
  Result<StoredEventPtr> append(store::Tx& tx, Allowed allowed, Origin origin = {});
  /// The two as one.
  Result<StoredEventPtr> append(store::Tx& tx, matrix::EventDraft draft, Origin origin = {});
  /// Replaces an event by its pruned form, because of the redaction event at `because`.
  Result<Unit> prune(store::Tx& tx, const StoredEventPtr& target, StreamPos because);

 private:
  friend class Rooms;
  RoomForWrite(class Rooms& rooms, RoomPtr room) : rooms_(&rooms), room_(std::move(room)) {}
  RoomStage& stage();
  const RoomStage* staged() const;  ///< the operation's layer; nullptr when it changed nothing here yet
  const RoomStage* batched() const;
  matrix::EventPtr last_event() const;
  /// Where the event will hang. Error: internal (what it hangs on is damaged).
  Result<matrix::EventLinks> links_of(const matrix::EventDraft& draft) const;
  Result<std::optional<StreamPos>> find_parent(store::Tx& tx, const matrix::Event& event) const;
  class Rooms* rooms_;
  RoomPtr room_;
};

/// One per server. load() and find() from any thread; everything else on the writer thread.
class Rooms final : public store::Participant {
 public:
  Rooms(store::Database& database, const base::Clock& clock, EventLookup& lookup, Users& users);
  ~Rooms() override;

  /// The room in memory, read from the database when it is not there yet; nullptr when there is none.
  /// Memory is bounded: rooms not used for a while and without online members are dropped.
  RoomPtr load(store::Connection& connection, std::string_view room_id);
  RoomPtr load(store::Connection& connection, RoomNum room);
  /// Only when it is in memory.
  RoomPtr find(RoomNum room) const;
  RoomPtr find(std::string_view room_id) const;
  /// One entry of a room's present state, from memory when the room is there, else from its rows: looking through many
  /// rooms loads none. nullptr when there is none.
  StoredEventPtr peek_state(store::Connection& connection, RoomNum room, std::string_view type,
                            std::string_view state_key = {}) const;
  /// How many events this process has committed since its start.
  const EventCounts& events_stored() const;
  /// How many rooms are in memory.
  std::size_t in_memory() const;
  /// Events of all rooms after a position from memory, ascending; nothing when memory does not reach back that far.
  struct Recent {
    std::vector<StoredEventPtr> events;
    StreamPos upto = 0;  ///< there is no other event up to here
    bool more = false;
  };
  std::optional<Recent> recent_after(StreamPos cursor, std::size_t limit) const;

  /// Drops rooms that nobody used for the time given and no view refers to; then, while what is left takes more than
  /// the budget, the longest unused ones. From a job.
  void evict_idle(std::chrono::minutes idle, std::uint64_t budget_bytes = std::numeric_limits<std::uint64_t>::max());
  /// About what rooms take in memory.
  std::uint64_t memory_bytes() const;
  Users& users() const;

  /// The event that an earlier request with this hash made, in this batch or before. Writer thread.
  /// Error: unavailable (EventLookup::find_txn).
  Result<std::optional<EventLookup::Made>> find_txn(store::Tx& tx, const std::string& txn_hash);
  /// Errors: not_found. Writer thread.
  Result<RoomForWrite> open(store::Tx& tx, std::string_view room_id);
  /// Makes the room with its create event. Writer thread, inside an operation with a savepoint.
  /// `room_id` is for versions up to 11; from 12 on the create event gives it.
  Result<RoomForWrite> create(store::Tx& tx, const matrix::RoomVersion& version, std::string room_id,
                              matrix::EventDraft create_event, bool is_public);
  /// The directory's flag, in the row and, after the commit, in memory. Writer thread.
  void set_public(store::Tx& tx, const RoomForWrite& room, bool is_public);
  void set_blocked(store::Tx& tx, const RoomForWrite& room, bool blocked);
  /// Takes the room out of this server: from this operation on it is not found, and after the commit no reader finds
  /// it. What is left of its rows is to be swept (hs_purged_room). Its members must have left. Writer thread.
  void purge(store::Tx& tx, RoomForWrite& room, std::int64_t now_ms);

  /// The room's messages before the position were removed from the database: memory lets go of them. Writer thread.
  void forget_history(store::Tx& tx, RoomForWrite& room, StreamPos before);

  // Following other processes of this server (Follower only; writer thread):
  /// Applies their events up to `head`. Throws store::SqlError; then some were applied and the rest comes again.
  void follow(store::Connection& connection, StreamPos head);
  /// One of them redacted the event at the position.
  void heard_pruned(store::Connection& connection, StreamPos pos);
  void heard_flags(RoomNum room, std::optional<bool> is_public, std::optional<bool> blocked);
  void heard_forgotten(RoomNum room, StreamPos before);
  /// One of them purged the room.
  void heard_gone(RoomNum room, StreamPos pos);
  /// Reads every room in memory again.
  void reload(store::Connection& connection);

  void operation_succeeded() override;
  void operation_failed() override;
  void batch_committed(StreamPos head) override;
  void batch_failed() override;

 private:
  friend class RoomForWrite;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace troupe::homeserver::memory
