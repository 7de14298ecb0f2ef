#include "homeserver/rooms/block_store.h"

#include "store/columns.h"

namespace troupe::homeserver::rooms::block_store {
std::optional<std::string> blocked_by(store::Connection& connection, std::string_view room_id) {
  return store::value<std::string>(connection.query("SELECT user_id FROM hs_blocked_room WHERE room_id = ?1", room_id));
}

void block(store::Tx& tx, std::string_view room_id, std::string_view user_id, std::int64_t now_ms) {
  tx.run(
      "INSERT INTO hs_blocked_room (room_id, user_id, blocked_ms) VALUES (?1, ?2, ?3) "
      "ON CONFLICT (room_id) DO NOTHING",
      room_id, user_id, now_ms);
}

void unblock(store::Tx& tx, std::string_view room_id) {
  tx.run("DELETE FROM hs_blocked_room WHERE room_id = ?1", room_id);
}

}  // namespace troupe::homeserver::rooms::block_store
