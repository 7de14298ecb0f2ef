// Reading the state of rooms: whole, one entry, members. Client-Server API #get_matrixclientv3roomsroomidstate
#pragma once
#include <optional>
#include <string>

#include "homeserver/sync/history.h"

namespace troupe::homeserver::sync {

struct MembersRequest {
  std::optional<StreamPos> at;  ///< the members as they were then; none: now
  std::string membership;       ///< only these; empty: all
  std::string not_membership;   ///< not these; empty: no such condition
};

/// One per server; callable from any thread. Answers are JSON texts. Members see the present state, former members that
/// of their leaving. Errors of all: forbidden (unknown room, or never a member).
class RoomState {
 public:
  RoomState(store::Database& db, memory::Rooms& rooms, memory::Users& users, const base::Clock& clock);

  /// `type`: only entries of this type; empty: all.
  Task<std::string> all(ReadRequest request, std::string type = {});
  /// `whole_event`: not the content alone. Error: not_found.
  Task<std::string> entry(ReadRequest request, std::string type, std::string state_key, bool whole_event);
  Task<std::string> members(ReadRequest request, MembersRequest members);
  /// Error: forbidden also for former members.
  Task<std::string> joined_members(ReadRequest request);
  Task<std::string> joined_rooms(std::string user_id);

 private:
  template <class Make>
  Task<std::string> read(ReadRequest request, RoomView::Take take, Make make);

  store::Database& db_;
  memory::Rooms& rooms_;
  memory::Users& users_;
  const base::Clock& clock_;
};

}  // namespace troupe::homeserver::sync
