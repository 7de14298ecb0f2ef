#include "homeserver/sync/presence_store.h"

#include "store/columns.h"

namespace troupe::homeserver::sync::presence_store {
namespace {

using store::column;

constexpr auto kPresence =
    store::columns(column("user_id", &PresenceRow::user_id), column("presence", &PresenceRow::presence),
                   column("status_msg", &PresenceRow::status_msg), column("active_ms", &PresenceRow::active_ms));
constexpr auto kAfter =
    store::sql("SELECT ", kPresence, " FROM hs_presence WHERE user_id > ?1 ORDER BY user_id LIMIT ?2");
constexpr auto kPut = store::sql(store::insert("hs_presence", kPresence),
                                 " ON CONFLICT (user_id) DO UPDATE SET presence = excluded.presence, "
                                 "status_msg = excluded.status_msg, active_ms = excluded.active_ms");

}  // namespace

std::vector<PresenceRow> presence_after(store::Connection& connection, std::string_view user_id, std::int64_t limit) {
  return store::all(connection.query(kAfter, user_id, limit), kPresence);
}

void put(store::Tx& tx, const PresenceRow& row) {
  if (store::any(tx.query("SELECT 1 FROM hs_account WHERE user_id = ?1 AND deactivated = 1", row.user_id))) {
    remove(tx, row.user_id);
    return;
  }
  store::run_insert(tx, kPut, kPresence, row);
}

void remove(store::Tx& tx, std::string_view user_id) { tx.run("DELETE FROM hs_presence WHERE user_id = ?1", user_id); }

}  // namespace troupe::homeserver::sync::presence_store
