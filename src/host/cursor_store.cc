#include "host/cursor_store.h"

#include "store/columns.h"

namespace troupe::host {
std::optional<StreamPos> find_cursor(store::Connection& connection, std::string_view name) {
  return store::value<StreamPos>(connection.query("SELECT pos FROM host_cursor WHERE name = ?1", name));
}

void advance_cursor(store::Tx& tx, std::string_view name, StreamPos pos) {
  tx.run(
      "INSERT INTO host_cursor (name, pos) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE "
      "SET pos = excluded.pos WHERE host_cursor.pos < excluded.pos",
      name, pos);
}

}  // namespace troupe::host
