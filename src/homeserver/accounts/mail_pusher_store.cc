#include "homeserver/accounts/mail_pusher_store.h"

#include <boost/json/serialize.hpp>

#include "homeserver/common/mail_address.h"
#include "matrix/json.h"
#include "store/columns.h"

namespace troupe::homeserver::accounts::mail_pusher_store {
namespace {

constexpr std::string_view kBegin =
    "INSERT INTO hs_pusher (user_id, app_id, pushkey, device_id, made_ms, json) VALUES (?1, ?2, ?3, '', ?4, ?5) "
    "ON CONFLICT (user_id, app_id, pushkey) DO NOTHING";
constexpr std::string_view kFind =
    "SELECT p.made_ms FROM hs_pusher p JOIN hs_third_party_id t ON t.medium = 'email' AND t.address = p.pushkey "
    "AND t.user_id = p.user_id WHERE p.user_id = ?1 AND p.app_id = ?2 AND p.pushkey = ?3";
constexpr std::string_view kEnd = "DELETE FROM hs_pusher WHERE user_id = ?1 AND app_id = ?2 AND pushkey = ?3";
constexpr std::string_view kEndPlan = "DELETE FROM hs_missed_mail WHERE user_id = ?1 AND address = ?2";
constexpr std::string_view kEndOfOthers = "DELETE FROM hs_pusher WHERE app_id = ?1 AND pushkey = ?2 AND user_id <> ?3";
constexpr std::string_view kEndWithout =
    "DELETE FROM hs_pusher WHERE user_id = ?1 AND app_id = ?2 AND pushkey NOT IN "
    "(SELECT address FROM hs_third_party_id WHERE user_id = ?1 AND medium = 'email')";
constexpr std::string_view kEndPlansWithout =
    "DELETE FROM hs_missed_mail WHERE user_id = ?1 AND address NOT IN "
    "(SELECT address FROM hs_third_party_id WHERE user_id = ?1 AND medium = 'email')";

}  // namespace

void begin(store::Tx& tx, std::string_view user_id, std::string_view address, base::UnixMs now_ms) {
  const matrix::JsonObject shown{{"app_id", kMailAppId},
                                 {"pushkey", address},
                                 {"kind", "email"},
                                 {"app_display_name", "Email Notifications"},
                                 {"device_display_name", address},
                                 {"lang", "en"},
                                 {"data", matrix::JsonObject()}};
  tx.run(kBegin, user_id, kMailAppId, address, now_ms, boost::json::serialize(shown));
}

std::optional<base::UnixMs> find(store::Connection& connection, std::string_view user_id, std::string_view address) {
  return store::value<std::int64_t>(connection.query(kFind, user_id, kMailAppId, address));
}

void end(store::Tx& tx, std::string_view user_id, std::string_view address) {
  tx.run(kEnd, user_id, kMailAppId, address);
  tx.run(kEndPlan, user_id, address);
}

void end_of_others(store::Tx& tx, std::string_view user_id, std::string_view address) {
  tx.run(kEndOfOthers, kMailAppId, address, user_id);
}

void end_without_address(store::Tx& tx, std::string_view user_id) {
  tx.run(kEndWithout, user_id, kMailAppId);
  tx.run(kEndPlansWithout, user_id);
}

}  // namespace troupe::homeserver::accounts::mail_pusher_store
