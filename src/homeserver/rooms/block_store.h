// SQL for rooms that nobody may enter. A room that is here has a flag of its own, too (memory::Rooms::set_blocked):
// this list also knows rooms that are not, or no longer, here.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/database.h"

namespace troupe::homeserver::rooms::block_store {

/// Who blocked the room; nothing: it is not blocked. Throws store::SqlError, as the others.
std::optional<std::string> blocked_by(store::Connection&, std::string_view room_id);
/// Whoever did it first stays.
void block(store::Tx&, std::string_view room_id, std::string_view user_id, std::int64_t now_ms);
void unblock(store::Tx&, std::string_view room_id);

}  // namespace troupe::homeserver::rooms::block_store
