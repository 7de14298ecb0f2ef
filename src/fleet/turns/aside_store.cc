#include "fleet/turns/aside_store.h"

#include "store/columns.h"

namespace troupe::fleet::turns {
void insert_aside(store::Tx& tx, StreamPos event_pos, std::string_view room_id) {
  tx.run("INSERT INTO fleet_aside (event_pos, room_id) VALUES (?1, ?2) ON CONFLICT (event_pos) DO NOTHING", event_pos,
         room_id);
}

void delete_aside(store::Tx& tx, StreamPos event_pos) {
  tx.run("DELETE FROM fleet_aside WHERE event_pos = ?1", event_pos);
}

Aside all_aside(store::Connection& c) {
  Aside found;
  auto rows = c.query("SELECT event_pos, room_id FROM fleet_aside ORDER BY event_pos");
  while (rows.next()) {
    StreamPos event_pos = 0;
    std::string room_id;
    rows >> event_pos >> room_id;
    found[room_id].push_back(event_pos);
  }
  return found;
}

}  // namespace troupe::fleet::turns
