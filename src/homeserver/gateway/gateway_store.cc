#include "homeserver/gateway/gateway_store.h"

namespace troupe::homeserver::gateway::gateway_store {
std::optional<std::string> find_key(store::Connection& connection) {
  auto rows = connection.query("SELECT sealed_key FROM hs_push_key WHERE key = 1");
  if (!rows.next()) return std::nullopt;
  std::string sealed;
  rows >> store::blob(sealed);
  return sealed;
}

void put_key(store::Tx& tx, std::string_view sealed) {
  tx.run("INSERT INTO hs_push_key (key, sealed_key) VALUES (1, ?1) ON CONFLICT (key) DO UPDATE SET sealed_key = ?1",
         store::Value::blob(sealed));
}

}  // namespace troupe::homeserver::gateway::gateway_store
