// A room's present state and newest events in one answer, for looking into a room before joining it
// (Client-Server API #get_matrixclientv3roomsroomidinitialsync), and one event without its room.
#pragma once
#include <string>

#include "homeserver/sync/history.h"

namespace troupe::homeserver::sync {

/// One per server; callable from any thread. Answers are JSON texts.
class RoomSnapshot {
 public:
  static constexpr std::size_t kMaxEvents = 100;
  /// Events read for one answer, whatever may not be seen.
  static constexpr std::size_t kMaxLookedAt = 1000;

  struct Parts {
    store::Database& db;
    memory::Rooms& rooms;
    memory::EventLookup& lookup;
    account_data::AccountData& account_data;
    const base::Clock& clock;
  };
  explicit RoomSnapshot(Parts parts) : parts_(parts) {}

  /// For whoever may read the room; who has left it sees it as it was then. Error: forbidden (unknown room, or they may
  /// not read it).
  Task<std::string> room(ReadRequest request, std::size_t limit);
  /// The room of an event; empty when there is no such event. Whether somebody may see it, History::event says.
  Task<std::string> room_of(std::string event_id);

 private:
  Parts parts_;
};

}  // namespace troupe::homeserver::sync
