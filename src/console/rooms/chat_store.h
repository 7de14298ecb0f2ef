// The rows of con_chat_room, and the only SQL that touches them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "store/database.h"

namespace troupe::console::rooms {

struct ChatRoomRow {
  std::int64_t tenant_id = 1;
  std::int64_t principal_id = 0;
  std::int64_t bot = 0;
  std::string room_id;
  base::UnixMs made_ms = 0;
};

std::optional<std::string> chat_room(store::Connection& c, std::int64_t tenant_id, std::int64_t principal_id,
                                     std::int64_t bot);
/// In place of one that was there.
void put_chat_room(store::Tx& tx, const ChatRoomRow& row);

}  // namespace troupe::console::rooms
