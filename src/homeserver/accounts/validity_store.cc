#include "homeserver/accounts/validity_store.h"

#include "store/columns.h"

namespace troupe::homeserver::accounts::validity_store {
namespace {

using store::sql;

constexpr auto kIsExpired = sql("valid_until_ms <= ?1 AND locked = 0 AND deactivated = 0 AND admin = 0");
constexpr auto kLock = sql("UPDATE hs_account SET locked = 1, expired = 1 WHERE ", kIsExpired, " AND user_id = ?2");
constexpr auto kExpired =
    sql("SELECT user_id FROM hs_account WHERE ", kIsExpired, " ORDER BY valid_until_ms, user_id LIMIT ?2");

}  // namespace

void set_valid_until(store::Tx& tx, std::string_view user_id, base::UnixMs until) {
  tx.run("UPDATE hs_account SET valid_until_ms = ?2 WHERE user_id = ?1", user_id, until);
}

void lock_if_expired(store::Tx& tx, std::string_view user_id, base::UnixMs now) { tx.run(kLock, now, user_id); }

void unlock_expired(store::Tx& tx, std::string_view user_id) {
  tx.run("UPDATE hs_account SET locked = 0, expired = 0 WHERE user_id = ?1 AND expired = 1", user_id);
}

std::vector<std::string> expired(store::Connection& connection, base::UnixMs now, std::size_t limit) {
  return store::values<std::string>(connection.query(kExpired, now, static_cast<std::int64_t>(limit)));
}

}  // namespace troupe::homeserver::accounts::validity_store
