// Who shares a room with whom, asked of the database (sync keeps its own view in memory).
#pragma once
#include <string_view>

#include "store/database.h"

namespace troupe::homeserver::sync::shared_room_store {

/// Both are joined to at least one room. Throws store::SqlError only.
bool share_a_room(store::Connection&, std::string_view one_user, std::string_view other_user);

}  // namespace troupe::homeserver::sync::shared_room_store
