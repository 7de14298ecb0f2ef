#include "homeserver/rtc/in_call_store.h"

#include "store/columns.h"
#include "store/words.h"

namespace troupe::homeserver::rtc::in_call_store {
namespace {

using namespace store::words;

constexpr auto kGuest =
    store::columns(column("livekit_room", &InCallRow::livekit_room), column("identity", &InCallRow::identity),
                   column("room_id", &InCallRow::room_id), column("user_id", &InCallRow::user_id),
                   column("device_id", &InCallRow::device_id), column("let_in_ms", &InCallRow::let_in_ms),
                   column("look_ms", &InCallRow::look_ms), column("absent", &InCallRow::absent),
                   column("out_ms", &InCallRow::out_ms), column("tried_ms", &InCallRow::tried_ms));
constexpr auto kMayStay = sql(
    "(EXISTS (SELECT 1 FROM hs_room r JOIN hs_membership m ON m.room = r.room AND m.user_id = hs_in_call.user_id WHERE "
    "r.room_id = hs_in_call.room_id AND m.membership = 'join') AND EXISTS (SELECT 1 FROM hs_account a WHERE a.user_id "
    "= hs_in_call.user_id AND a.deactivated = 0 AND a.locked = 0) AND (hs_in_call.device_id = '' OR EXISTS (SELECT 1 "
    "FROM hs_device d WHERE d.user_id = hs_in_call.user_id AND d.device_id = hs_in_call.device_id)))");

constexpr auto kPut = sql(store::insert("hs_in_call", kGuest),
                          " ON CONFLICT (livekit_room, identity) DO UPDATE SET device_id = excluded.device_id, "
                          "let_in_ms = excluded.let_in_ms, look_ms = excluded.look_ms, absent = excluded.absent, "
                          "out_ms = excluded.out_ms");
constexpr auto kNotWelcome = sql("SELECT ", kGuest, " FROM hs_in_call WHERE NOT ", kMayStay,
                                 " ORDER BY tried_ms, livekit_room, identity LIMIT ?1");
constexpr auto kToLookAt = sql("SELECT ", kGuest,
                               " FROM hs_in_call WHERE look_ms <= ?1 AND out_ms IS NULL ORDER BY look_ms, "
                               "livekit_room, identity LIMIT ?2");
constexpr auto kSomeBack = sql("SELECT 1 FROM hs_in_call WHERE out_ms IS NOT NULL AND ", kMayStay, " LIMIT 1");
constexpr auto kWelcomeBack = sql("UPDATE hs_in_call SET out_ms = NULL WHERE out_ms IS NOT NULL AND ", kMayStay);

}  // namespace

void put(Tx& tx, const InCallRow& row) { store::run_insert(tx, kPut, kGuest, row); }

std::int64_t count_of(Connection& connection, std::string_view user_id) {
  return store::number(connection.query("SELECT count(*) FROM hs_in_call WHERE user_id = ?1", user_id));
}

std::vector<InCallRow> not_welcome(Connection& connection, std::int64_t limit) {
  return store::all(connection.query(kNotWelcome, limit), kGuest);
}

std::vector<InCallRow> to_look_at(Connection& connection, base::UnixMs now, std::int64_t limit) {
  return store::all(connection.query(kToLookAt, now, limit), kGuest);
}

void update(Tx& tx, const InCallRow& row) {
  tx.run(
      "UPDATE hs_in_call SET look_ms = ?4, absent = ?5, out_ms = ?6, tried_ms = ?7 WHERE livekit_room = ?1 AND "
      "identity = ?2 AND let_in_ms = ?3",
      row.livekit_room, row.identity, row.let_in_ms, row.look_ms, row.absent, row.out_ms, row.tried_ms);
}

void remove(Tx& tx, const InCallRow& row) {
  tx.run("DELETE FROM hs_in_call WHERE livekit_room = ?1 AND identity = ?2 AND let_in_ms = ?3", row.livekit_room,
         row.identity, row.let_in_ms);
}

bool are_some_back(Connection& connection) { return store::any(connection.query(kSomeBack)); }

void welcome_back(Tx& tx) { tx.run(kWelcomeBack); }

}  // namespace troupe::homeserver::rtc::in_call_store
