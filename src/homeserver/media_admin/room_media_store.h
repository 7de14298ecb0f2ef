// SQL for the files that rooms and people show. All throw store::SqlError only.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/memory/event_store.h"

namespace troupe::homeserver::media_admin::room_media_store {

/// Of the next events of a room: the contents in which an address stands somewhere.
struct Contents {
  std::vector<matrix::JsonObject> with_address;
  std::size_t seen = 0;
  StreamPos last = 0;
};
Contents contents_after(store::Connection&, memory::RoomNum room, StreamPos after, std::size_t limit);

struct Avatar {
  std::string user_id;
  std::string address;  ///< empty: none
};
/// Accounts after this one.
std::vector<Avatar> avatars_after(store::Connection&, std::string_view user_id, std::size_t limit);

/// Of the next rooms: what their m.room.avatar names.
struct RoomPictures {
  std::vector<std::string> addresses;
  std::size_t seen = 0;
  memory::RoomNum last = 0;
};
RoomPictures pictures_after(store::Connection&, memory::RoomNum room, std::size_t limit);

}  // namespace troupe::homeserver::media_admin::room_media_store
