#include "homeserver/common/mark_store.h"

#include "store/columns.h"

namespace troupe::homeserver::mark_store {
std::string find(store::Connection& connection, std::string_view name) {
  return store::value<std::string>(connection.query("SELECT value FROM hs_mark WHERE name = ?1", name)).value_or("");
}

void put(store::Tx& tx, std::string_view name, std::string_view value) {
  tx.run(
      "INSERT INTO hs_mark (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE "
      "SET value = excluded.value",
      name, value);
}

std::string put_once(store::Tx& tx, std::string_view name, std::string_view value) {
  tx.run("INSERT INTO hs_mark (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING", name, value);
  return find(tx, name);
}

}  // namespace troupe::homeserver::mark_store
