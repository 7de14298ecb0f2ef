// Which files rooms and people show: what is sent in a room, what stands as a picture of a room or a person.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "homeserver/memory/event_store.h"
#include "store/database.h"

namespace troupe::homeserver::media_admin {

/// Addresses of files: mxc://server/id.
struct RoomMedia {
  std::vector<std::string> local;
  std::vector<std::string> remote;
};
/// Files beyond these of one room are not listed.
inline constexpr std::size_t kMaxRoomMedia = 100'000;

/// What the events of a room name as their file and its small picture, redacted and encrypted ones aside. Reads the
/// whole room, a piece at a time. Error: not_found (no such room).
Task<RoomMedia> room_media(store::Database& db, std::string server_name, std::string room_id);

/// Ids of this server's files that are now the picture of an account or of a room. Reads all of them, a piece at a
/// time.
Task<std::set<std::string>> profile_pictures(store::Database& db, std::string server_name);

/// The id in mxc://server/id of this server; empty when it is none.
std::string_view local_media_id(std::string_view address, std::string_view server_name);

}  // namespace troupe::homeserver::media_admin
