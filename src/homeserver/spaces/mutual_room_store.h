// SQL for the rooms that two people are both in.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/memory/event_store.h"

namespace troupe::homeserver::spaces {

struct MutualRoom {
  memory::RoomNum room = 0;
  std::string room_id;
};

// All throw store::SqlError only.
namespace mutual_room_store {

/// Those after this number, ascending.
std::vector<MutualRoom> rooms_of_both(store::Connection&, std::string_view one_user, std::string_view other_user,
                                      memory::RoomNum after, std::size_t limit);
std::int64_t count_rooms_of_both(store::Connection&, std::string_view one_user, std::string_view other_user);

}  // namespace mutual_room_store
}  // namespace troupe::homeserver::spaces
