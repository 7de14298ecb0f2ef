// Reading back what happened in a room, under its history visibility: pages of messages, one event with its context,
// relations, threads. Client-Server API #get_matrixclientv3roomsroomidmessages and its neighbours.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "homeserver/memory/event_lookup.h"
#include "homeserver/memory/rooms.h"
#include "homeserver/sync/filter.h"
#include "homeserver/sync/visibility.h"
#include "matrix/room_actions.h"

namespace troupe::homeserver::sync {

/// Who asks, and about which room.
struct ReadRequest {
  std::string user_id;
  std::string device_id;
  std::string room_id;
  /// An administrator of the server (the caller has checked it) who may read what nobody showed them: an unknown room
  /// is then not_found.
  bool as_admin = false;
  bool whole = false;  ///< events as servers know them, with auth_events, hashes and the like
};
Error no_such_room();  ///< not_found: what administrators are told of a room that is not here

struct PageRequest {
  bool backwards = true;
  std::optional<StreamPos> from;  ///< none: the newest (backwards) or the first event (forwards)
  std::optional<StreamPos> to;    ///< stop there
  std::size_t limit = 10;         ///< 1…kMaxPage
  EventFilter filter;
};
inline constexpr std::size_t kMaxPage = 1000;

struct RelationsRequest {
  std::string event_id;
  std::string rel_type;    ///< empty: all
  std::string event_type;  ///< empty: all
  PageRequest page;
  bool recurse = false;  ///< also relations of relations, up to kRelationDepth
};
inline constexpr std::size_t kRelationDepth = 3;

/// One per server; callable from any thread. Answers are JSON texts. Errors of all: forbidden (the room is unknown, or
/// this user may not read it), not_found (no such event, or not visible to this user).
class History {
 public:
  History(store::Database& db, memory::Rooms& rooms, memory::EventLookup& lookup,
          account_data::AccountData& account_data, const base::Clock& clock);

  Task<std::string> messages(ReadRequest request, PageRequest page);
  Task<std::string> event(ReadRequest request, std::string event_id);
  /// Where an event is, for administrators. Error: not_found.
  struct Place {
    std::string room_id;
    StreamPos pos = 0;
  };
  Task<Place> place_of(std::string event_id);
  Task<std::string> context(ReadRequest request, std::string event_id, std::size_t limit, EventFilter filter);
  Task<std::string> relations(ReadRequest request, RelationsRequest relations);
  /// Thread roots, those with the newest answer first. `from`: next_batch of the page before.
  Task<std::string> threads(ReadRequest request, std::optional<StreamPos> from, std::size_t limit, bool participated);
  Task<std::string> event_at_time(ReadRequest request, std::int64_t ts_ms, bool forward);
  /// For products: the newest m.room.message events, newest first.
  Task<std::vector<matrix::RoomMessage>> recent(ReadRequest request, std::size_t limit);

 private:
  struct Reading;
  template <class Make>
  Task<std::string> read(ReadRequest request, Make make, RoomView::Take state = RoomView::Take::entries);

  store::Database& db_;
  memory::Rooms& rooms_;
  memory::EventLookup& lookup_;
  account_data::AccountData& account_data_;
  const base::Clock& clock_;
};

}  // namespace troupe::homeserver::sync
