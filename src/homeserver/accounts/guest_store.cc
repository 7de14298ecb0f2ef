#include "homeserver/accounts/guest_store.h"

#include "store/columns.h"

namespace troupe::homeserver::accounts::guest_store {
namespace {

using store::sql;

constexpr auto kUnused =
    sql("SELECT a.user_id FROM hs_account a WHERE a.guest = 1 AND a.deactivated = 0 AND a.created_ms < ?1 "
        "AND NOT EXISTS (SELECT 1 FROM hs_device d WHERE d.user_id = a.user_id "
        "AND coalesce(d.last_seen_ms, d.created_ms) >= ?1)");
constexpr auto kUnusedSince = sql(kUnused, " ORDER BY a.user_id LIMIT ?2");
constexpr auto kIsUnusedSince = sql(kUnused, " AND a.user_id = ?2");

}  // namespace

void set_guest(store::Tx& tx, std::string_view user_id, std::string_view network) {
  tx.run("UPDATE hs_account SET guest = 1, guest_network = ?2 WHERE user_id = ?1", user_id, network);
}

void set_no_guest(store::Tx& tx, std::string_view user_id) {
  tx.run("UPDATE hs_account SET guest = 0, guest_network = '' WHERE user_id = ?1", user_id);
}

bool has_as_many_of(store::Connection& connection, std::string_view network, std::int64_t count) {
  return store::number(
             connection.query("SELECT count(*) FROM (SELECT 1 FROM hs_account WHERE guest_network = ?1 AND guest = 1 "
                              "AND deactivated = 0 LIMIT ?2) g",
                              network, count)) >= count;
}

bool is_guest(store::Connection& connection, std::string_view user_id) {
  return store::any(connection.query("SELECT 1 FROM hs_account WHERE user_id = ?1 AND guest = 1", user_id));
}

bool has_as_many(store::Connection& connection, std::int64_t count) {
  return store::number(connection.query(
             "SELECT count(*) FROM (SELECT 1 FROM hs_account WHERE guest = 1 AND deactivated = 0 LIMIT ?1) g",
             count)) >= count;
}

std::vector<std::string> unused_since(store::Connection& connection, std::int64_t before_ms, std::size_t limit) {
  return store::values<std::string>(connection.query(kUnusedSince, before_ms, static_cast<std::int64_t>(limit)));
}

bool is_unused_since(store::Connection& connection, std::string_view user_id, std::int64_t before_ms) {
  return store::any(connection.query(kIsUnusedSince, before_ms, user_id));
}

}  // namespace troupe::homeserver::accounts::guest_store
