// All rooms: loading, staging of changes during a batch, publishing after the commit.
#pragma once
#include <memory>
#include <string>
#include <unordered_map>

#include "homeserver/room.h"
#include "store/database.h"

namespace troupe::homeserver {

class Users;
class EventLookup;

/// What one operation changed in one room, before the commit. Layers: operation over batch over committed room.
struct RoomStage {
  RoomPtr room;
  StateMap state;                      ///< changed entries only
  std::vector<StoredEventPtr> events;  ///< new, in order
  std::vector<StoredEventPtr> pruned;  ///< redacted events in their new form
  std::string last_event_id;
  std::int64_t depth = 0;
  bool is_new = false;
};

/// A room as an operation on the writer thread sees it: with everything staged before in this batch.
/// Valid only inside the operation.
class RoomForWrite : public matrix::StateView {
 public:
  const Room& room() const;
  matrix::EventPtr state(std::string_view type, std::string_view state_key) const override;
  StoredEventPtr state_event(std::string_view type, std::string_view state_key) const;
  std::string_view membership(std::string_view user_id) const;
  /// All current members with one of the memberships; walks the member state.
  std::vector<std::string> members(std::string_view membership) const;
  const std::string& last_event_id() const;
  std::int64_t depth() const;

  struct Origin {
    std::string device;
    std::string txn_id;
    std::string txn_hash;  ///< of the request, to be stored with the event; empty: none
  };
  /// Authorises, builds, inserts and stages one event. Errors: forbidden, too_large, bad_json.
  /// Positions come from tx.next_pos(). The caller handles transaction ids before calling (find_txn).
  Result<StoredEventPtr> append(store::Tx& tx, matrix::EventDraft draft, Origin origin = {});

 private:
  friend class Rooms;
  RoomForWrite(class Rooms& rooms, RoomPtr room) : rooms_(rooms), room_(std::move(room)) {}
  RoomStage& stage();
  const RoomStage* staged() const;  ///< the operation's layer
  const RoomStage* batched() const;
  class Rooms& rooms_;
  RoomPtr room_;
};

/// One per server. load() and find() from any thread; everything else on the writer thread.
class Rooms final : public store::Participant {
 public:
  Rooms(const base::Clock& clock, EventLookup& lookup, Users& users);
  ~Rooms() override;

  /// The room in memory, read from the database when it is not there yet; nullptr when there is none.
  /// Memory is bounded: rooms not used for a while and without online members are dropped.
  RoomPtr load(store::Connection& connection, std::string_view room_id);
  RoomPtr load(store::Connection& connection, RoomNum room);
  /// Only when it is in memory.
  RoomPtr find(RoomNum room) const;

  /// Errors: not_found. Writer thread.
  Result<RoomForWrite> open(store::Tx& tx, std::string_view room_id);
  /// Makes the room with its create event. Writer thread, inside an operation with a savepoint.
  Result<RoomForWrite> create(store::Tx& tx, const matrix::RoomVersion& version, std::string_view server_name,
                              matrix::EventDraft create_event, RoomForWrite::Origin origin);

  void operation_succeeded() override;
  void operation_failed() override;
  void batch_committed(StreamPos head) override;
  void batch_failed() override;

 private:
  friend class RoomForWrite;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace troupe::homeserver
