// SQL for looking over all rooms. All throw store::SqlError only.
#pragma once
#include <string>
#include <vector>

#include "homeserver/memory/event_store.h"

namespace troupe::homeserver::admin::room_list_store {

/// Rooms after this number in the order of their numbers.
std::vector<memory::RoomRow> rooms_after(store::Connection&, memory::RoomNum after, std::size_t limit);

struct JoinedCount {
  memory::RoomNum room = 0;
  std::int64_t joined = 0;
};
/// How many are in each room with first <= number <= last; rooms without any are left out. Ascending.
std::vector<JoinedCount> joined_counts(store::Connection&, memory::RoomNum first, memory::RoomNum last);

/// Who is in a room, in the order of their ids.
std::vector<std::string> joined_members(store::Connection&, memory::RoomNum room);
/// Devices of those who are in a room.
std::int64_t count_joined_devices(store::Connection&, memory::RoomNum room);
/// Entries of its present state.
std::int64_t count_state(store::Connection&, memory::RoomNum room);
/// Whether everybody who ever was in it has forgotten it.
bool is_forgotten_by_all(store::Connection&, memory::RoomNum room);

}  // namespace troupe::homeserver::admin::room_list_store
