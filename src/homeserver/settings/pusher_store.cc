#include "homeserver/settings/pusher_store.h"

namespace troupe::homeserver::pusher_store {
namespace {

constexpr std::string_view kPushers =
    "SELECT app_id, pushkey, device_id, made_ms, json FROM hs_pusher WHERE user_id = ?1 ORDER BY made_ms, app_id, "
    "pushkey";
constexpr std::string_view kPut =
    "INSERT INTO hs_pusher (user_id, app_id, pushkey, device_id, made_ms, json) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
    "ON CONFLICT (user_id, app_id, pushkey) DO UPDATE SET device_id = excluded.device_id, json = excluded.json";
constexpr std::string_view kRemove = "DELETE FROM hs_pusher WHERE user_id = ?1 AND app_id = ?2 AND pushkey = ?3";
constexpr std::string_view kRemoveOfOthers =
    "DELETE FROM hs_pusher WHERE app_id = ?2 AND pushkey = ?3 AND user_id <> ?1";

}  // namespace

std::vector<PusherRow> pushers(store::Connection& connection, std::string_view user_id) {
  std::vector<PusherRow> found;
  auto rows = connection.query(kPushers, user_id);
  while (rows.next()) {
    found.push_back(
        {std::string(user_id), rows.string(0), rows.string(1), rows.string(2), rows.integer(3), rows.string(4)});
  }
  return found;
}

void put(store::Tx& tx, const PusherRow& row) {
  tx.run(kPut, row.user_id, row.app_id, row.pushkey, row.device_id, row.made_ms, row.json);
}

void remove(store::Tx& tx, std::string_view user_id, std::string_view app_id, std::string_view pushkey) {
  tx.run(kRemove, user_id, app_id, pushkey);
}

void remove_of_others(store::Tx& tx, const PusherRow& row) {
  tx.run(kRemoveOfOthers, row.user_id, row.app_id, row.pushkey);
}

}  // namespace troupe::homeserver::pusher_store
