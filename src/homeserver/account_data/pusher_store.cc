#include "homeserver/account_data/pusher_store.h"

#include "store/columns.h"

namespace troupe::homeserver::account_data::pusher_store {
namespace {

using store::column;

constexpr auto kPusher = store::columns(
    column("user_id", &PusherRow::user_id), column("app_id", &PusherRow::app_id),
    column("pushkey", &PusherRow::pushkey), column("device_id", &PusherRow::device_id),
    column("made_ms", &PusherRow::made_ms), column("json", &PusherRow::json), column("paused", &PusherRow::paused));
constexpr auto kPushers =
    store::sql("SELECT ", kPusher, " FROM hs_pusher WHERE user_id = ?1 ORDER BY made_ms, app_id, pushkey");
constexpr auto kPut = store::sql(
    store::insert("hs_pusher", kPusher),
    " ON CONFLICT (user_id, app_id, pushkey) DO UPDATE SET device_id = excluded.device_id, json = excluded.json, "
    "failing_since_ms = NULL, paused = excluded.paused");

}  // namespace

std::vector<PusherRow> pushers(store::Connection& connection, std::string_view user_id) {
  return store::all(connection.query(kPushers, user_id), kPusher);
}

void put(store::Tx& tx, const PusherRow& row) { store::run_insert(tx, kPut, kPusher, row); }

void remove(store::Tx& tx, std::string_view user_id, std::string_view app_id, std::string_view pushkey) {
  tx.run("DELETE FROM hs_pusher WHERE user_id = ?1 AND app_id = ?2 AND pushkey = ?3", user_id, app_id, pushkey);
}

void remove_of_others(store::Tx& tx, const PusherRow& row) {
  tx.run("DELETE FROM hs_pusher WHERE app_id = ?2 AND pushkey = ?3 AND user_id <> ?1", row.user_id, row.app_id,
         row.pushkey);
}

}  // namespace troupe::homeserver::account_data::pusher_store
