#include "console/rooms/chat_store.h"

#include "store/columns.h"

namespace troupe::console::rooms {
std::optional<std::string> chat_room(store::Connection& c, std::int64_t tenant_id, std::int64_t principal_id,
                                     std::int64_t bot) {
  return store::value<std::string>(
      c.query("SELECT room_id FROM con_chat_room WHERE tenant_id = ?1 AND principal_id = ?2 AND bot = ?3", tenant_id,
              principal_id, bot));
}

void put_chat_room(store::Tx& tx, const ChatRoomRow& row) {
  tx.run(
      "INSERT INTO con_chat_room (tenant_id, principal_id, bot, room_id, made_ms) "
      "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (principal_id, bot) DO UPDATE "
      "SET tenant_id = ?1, room_id = ?4, made_ms = ?5",
      row.tenant_id, row.principal_id, row.bot, row.room_id, row.made_ms);
}

}  // namespace troupe::console::rooms
