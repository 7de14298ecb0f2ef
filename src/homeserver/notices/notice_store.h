// SQL for the rooms of server notices. All throw store::SqlError only.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "store/database.h"

namespace troupe::homeserver::notices::notice_store {

std::optional<std::string> find_room(store::Connection&, std::string_view user_id);
void put_room(store::Tx&, std::string_view user_id, std::string_view room_id);

}  // namespace troupe::homeserver::notices::notice_store
