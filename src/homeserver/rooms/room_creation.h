// The events of a new room, in the specification's order (Client-Server API #post_matrixclientv3createroom).
#pragma once
#include <string>
#include <vector>

#include "homeserver/rooms/room_operations.h"

namespace troupe::homeserver::rooms {

/// A checked request: what can be refused without looking at rooms has been refused.
struct CreationPlan {
  const matrix::RoomVersion* version = nullptr;
  std::string creator;
  std::string alias;  ///< full; empty: none
  bool is_public = false;
  matrix::JsonObject create_content;
  matrix::JsonObject power_levels;
  std::vector<std::pair<std::string, matrix::JsonObject>> preset;  ///< type and content of each
  struct InitialState {
    std::string type;
    std::string state_key;
    matrix::JsonObject content;
    bool may_be_left_out = false;  ///< a copy: the room is made without it when it does not take it
  };
  std::vector<InitialState> initial_state;
  std::string name;
  std::string topic;
  std::vector<std::string> invite;
  bool is_direct = false;
};

/// Errors: invalid_param, bad_json, 400 M_UNSUPPORTED_ROOM_VERSION.
Result<CreationPlan> plan_creation(CreateRoom request, std::string creator, std::string_view server_name);

/// The levels of a new room before any override. In version 12 creators are not listed.
matrix::JsonObject default_power_levels(const matrix::RoomVersion& version, std::string_view creator);

/// An id for a new room, drawn before the operation; empty for the versions where the create event gives it.
std::string draw_room_id(const matrix::RoomVersion& version, std::string_view server_name);

/// Writer thread, inside an operation with a savepoint. `room_id` is from draw_room_id. `left_out` gets the type and
/// key of what the room did not take and may be without. Errors: 400 M_ROOM_IN_USE (alias), 400 M_INVALID_ROOM_STATE
/// (an initial event is against the rules), too_large.
Result<memory::RoomForWrite> create_room(memory::Rooms& rooms, store::Tx& tx, const CreationPlan& plan,
                                         std::string room_id, std::int64_t now_ms,
                                         std::vector<std::string>* left_out = nullptr);

}  // namespace troupe::homeserver::rooms
