#include "homeserver/accounts/mail_pusher_store.h"

#include <boost/json/serialize.hpp>

#include "homeserver/common/mail_address.h"
#include "matrix/json.h"
#include "store/columns.h"

namespace troupe::homeserver::accounts::mail_pusher_store {
void begin(store::Tx& tx, std::string_view user_id, std::string_view address, base::UnixMs now_ms) {
  const matrix::JsonObject shown{{"app_id", kMailAppId},
                                 {"pushkey", address},
                                 {"kind", "email"},
                                 {"app_display_name", "Email Notifications"},
                                 {"device_display_name", address},
                                 {"lang", "en"},
                                 {"data", matrix::JsonObject()}};
  tx.run(
      "INSERT INTO hs_pusher (user_id, app_id, pushkey, device_id, made_ms, json) "
      "VALUES (?1, ?2, ?3, '', ?4, ?5) ON CONFLICT (user_id, app_id, pushkey) DO NOTHING",
      user_id, kMailAppId, address, now_ms, boost::json::serialize(shown));
}

std::optional<base::UnixMs> find(store::Connection& connection, std::string_view user_id, std::string_view address) {
  return store::value<std::int64_t>(
      connection.query("SELECT p.made_ms FROM hs_pusher p JOIN hs_third_party_id t ON t.medium = 'email' "
                       "AND t.address = p.pushkey AND t.user_id = p.user_id WHERE p.user_id = ?1 AND p.app_id = ?2 "
                       "AND p.pushkey = ?3",
                       user_id, kMailAppId, address));
}

void end(store::Tx& tx, std::string_view user_id, std::string_view address) {
  tx.run("DELETE FROM hs_pusher WHERE user_id = ?1 AND app_id = ?2 AND pushkey = ?3", user_id, kMailAppId, address);
  tx.run("DELETE FROM hs_missed_mail WHERE user_id = ?1 AND address = ?2", user_id, address);
}

void end_of_others(store::Tx& tx, std::string_view user_id, std::string_view address) {
  tx.run("DELETE FROM hs_pusher WHERE app_id = ?1 AND pushkey = ?2 AND user_id <> ?3", kMailAppId, address, user_id);
}

void end_without_address(store::Tx& tx, std::string_view user_id) {
  tx.run(
      "DELETE FROM hs_pusher WHERE user_id = ?1 AND app_id = ?2 AND pushkey NOT IN (SELECT address "
      "FROM hs_third_party_id WHERE user_id = ?1 AND medium = 'email')",
      user_id, kMailAppId);
  tx.run(
      "DELETE FROM hs_missed_mail WHERE user_id = ?1 AND address NOT IN (SELECT address "
      "FROM hs_third_party_id WHERE user_id = ?1 AND medium = 'email')",
      user_id);
}

}  // namespace troupe::homeserver::accounts::mail_pusher_store
