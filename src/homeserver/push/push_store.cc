#include "homeserver/push/push_store.h"

#include "store/words.h"

namespace troupe::homeserver::push::push_store {
namespace {

using namespace store::words;
using store::columns;

constexpr auto kPush = columns(column("user_id", &PushRow::user_id), column("app_id", &PushRow::app_id),
                               column("pushkey", &PushRow::pushkey), column("pos", &PushRow::pos),
                               column("room", &PushRow::room), column("highlight", &PushRow::highlight),
                               column("sound", &PushRow::sound), column("made_ms", &PushRow::made_ms));
constexpr auto kKey = columns(column("user_id", &PusherKey::user_id), column("app_id", &PusherKey::app_id),
                              column("pushkey", &PusherKey::pushkey));
constexpr auto kKeyOfPusher = columns("p", column("user_id", &PusherKey::user_id), column("app_id", &PusherKey::app_id),
                                      column("pushkey", &PusherKey::pushkey));
constexpr auto kState = columns(
    column("made_ms", &PusherState::made_ms), column("json", &PusherState::json), column("badge", &PusherState::badge),
    column("failing_since_ms", &PusherState::failing_since_ms), column("paused", &PusherState::paused),
    store::computed("COALESCE((SELECT a.locked FROM hs_account a WHERE a.user_id = hs_pusher.user_id), 0)",
                    &PusherState::locked));

constexpr auto kInRoomColumns =
    columns(column("user_id", &PusherInRoom::user_id), column("app_id", &PusherInRoom::app_id),
            column("pushkey", &PusherInRoom::pushkey), column("pos", &PusherInRoom::member_pos));
/// Whether a pusher p has to be told: not of mails that are not sent (?2 is 0), or that will tell of it anyway, because
/// they are looked for later than at ?2.
constexpr auto kToTell =
    sql(" AND (p.app_id <> 'm.email' OR (?2 > 0 AND NOT EXISTS (SELECT 1 FROM hs_missed_mail d WHERE "
        "d.user_id = p.user_id AND d.address = p.pushkey AND d.due_ms > ?2)))");
constexpr auto kInRoom =
    sql("SELECT p.user_id, p.app_id, p.pushkey, m.pos FROM hs_membership m JOIN hs_pusher p ON p.user_id = m.user_id "
        "WHERE m.room = ?1 AND m.membership = 'join' AND p.paused = 0",
        kToTell, " ORDER BY p.user_id");
constexpr auto kOfUser =
    sql("SELECT ", kKeyOfPusher, " FROM hs_pusher p WHERE p.user_id = ?1 AND p.paused = 0", kToTell);
constexpr auto kOfReaders = sql("SELECT DISTINCT ", kKeyOfPusher,
                                " FROM hs_receipt r JOIN hs_pusher p ON p.user_id = r.user_id "
                                "WHERE r.pos > ?1 AND r.pos <= ?2 AND p.paused = 0 AND p.badge > 0");
constexpr auto kFind = sql("SELECT ", kState, " FROM hs_pusher WHERE user_id = ?1 AND app_id = ?2 AND pushkey = ?3");
constexpr auto kPut = sql(store::insert("hs_push", kPush), " ON CONFLICT (user_id, app_id, pushkey, pos) DO NOTHING");
constexpr auto kFirst =
    sql("SELECT ", kPush, " FROM hs_push WHERE user_id = ?1 AND app_id = ?2 AND pushkey = ?3 ORDER BY pos LIMIT 1");
constexpr auto kWaiting = sql("SELECT DISTINCT ", kKey,
                              " FROM hs_push WHERE (user_id, app_id, pushkey) > (?1, ?2, ?3) "
                              "ORDER BY user_id, app_id, pushkey LIMIT ?4");

}  // namespace

bool any_pushers(store::Connection& connection) {
  return store::any(connection.query("SELECT 1 FROM hs_pusher WHERE paused = 0 LIMIT 1"));
}

std::vector<PusherInRoom> pushers_in_room(store::Connection& connection, memory::RoomNum room, std::int64_t mails_ms) {
  return store::all(connection.query(kInRoom, room, mails_ms), kInRoomColumns);
}

std::vector<PusherKey> pushers_of(store::Connection& connection, std::string_view user_id, std::int64_t mails_ms) {
  return store::all(connection.query(kOfUser, user_id, mails_ms), kKeyOfPusher);
}

std::vector<PusherKey> pushers_of_readers(store::Connection& connection, StreamPos after, StreamPos upto) {
  return store::all(connection.query(kOfReaders, after, upto), kKeyOfPusher);
}

std::optional<PusherState> find_pusher(store::Connection& connection, const PusherKey& key) {
  return store::one(connection.query(kFind, key.user_id, key.app_id, key.pushkey), kState);
}

void put(store::Tx& tx, const PushRow& row) { store::run_insert(tx, kPut, kPush, row); }

std::optional<PushRow> first_of(store::Connection& connection, const PusherKey& key) {
  return store::one(connection.query(kFirst, key.user_id, key.app_id, key.pushkey), kPush);
}

std::vector<PusherKey> waiting_after(store::Connection& connection, const PusherKey& key, std::int64_t limit) {
  return store::all(connection.query(kWaiting, key.user_id, key.app_id, key.pushkey, limit), kKey);
}

void remove(store::Tx& tx, const PusherKey& key, StreamPos pos) {
  tx.run("DELETE FROM hs_push WHERE user_id = ?1 AND app_id = ?2 AND pushkey = ?3 AND pos = ?4", key.user_id,
         key.app_id, key.pushkey, pos);
}

void remove_all(store::Tx& tx, const PusherKey& key) {
  tx.run("DELETE FROM hs_push WHERE user_id = ?1 AND app_id = ?2 AND pushkey = ?3", key.user_id, key.app_id,
         key.pushkey);
}

void prune(store::Tx& tx, const PusherKey& key, std::int64_t before_ms, std::int64_t keep) {
  tx.run(
      "DELETE FROM hs_push WHERE user_id = ?1 AND app_id = ?2 AND pushkey = ?3 "
      "AND (made_ms < ?4 OR pos <= (SELECT q.pos FROM hs_push q WHERE q.user_id = ?1 AND q.app_id = ?2 "
      "AND q.pushkey = ?3 ORDER BY q.pos DESC LIMIT 1 OFFSET ?5))",
      key.user_id, key.app_id, key.pushkey, before_ms, keep);
}

void set_badge(store::Tx& tx, const PusherKey& key, std::int64_t badge) {
  tx.run(
      "UPDATE hs_pusher SET badge = ?4, failing_since_ms = NULL WHERE user_id = ?1 AND app_id = ?2 "
      "AND pushkey = ?3",
      key.user_id, key.app_id, key.pushkey, badge);
}

void set_failing(store::Tx& tx, const PusherKey& key, std::int64_t since_ms, bool paused) {
  tx.run(
      "UPDATE hs_pusher SET failing_since_ms = ?4, paused = ?5 WHERE user_id = ?1 AND app_id = ?2 "
      "AND pushkey = ?3",
      key.user_id, key.app_id, key.pushkey, since_ms, static_cast<std::int64_t>(paused));
}

void remove_pusher(store::Tx& tx, const PusherKey& key, std::string_view json) {
  tx.run("DELETE FROM hs_pusher WHERE user_id = ?1 AND app_id = ?2 AND pushkey = ?3 AND json = ?4", key.user_id,
         key.app_id, key.pushkey, json);
}

}  // namespace troupe::homeserver::push::push_store
