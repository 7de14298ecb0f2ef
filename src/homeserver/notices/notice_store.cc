#include "homeserver/notices/notice_store.h"

#include "store/columns.h"

namespace troupe::homeserver::notices::notice_store {
std::optional<std::string> find_room(store::Connection& connection, std::string_view user_id) {
  return store::value<std::string>(connection.query("SELECT room_id FROM hs_notice_room WHERE user_id = ?1", user_id));
}

void put_room(store::Tx& tx, std::string_view user_id, std::string_view room_id) {
  tx.run(
      "INSERT INTO hs_notice_room (user_id, room_id) VALUES (?1, ?2) ON CONFLICT (user_id) DO UPDATE "
      "SET room_id = excluded.room_id",
      user_id, room_id);
}

}  // namespace troupe::homeserver::notices::notice_store
