#include "fleet/encryption/encryption_store.h"

#include <algorithm>
#include <array>

#include "store/words.h"

namespace troupe::fleet::encryption {
namespace {

using namespace store::words;

constexpr auto kDevice = store::columns(
    column("bot", &DeviceRow::bot), column("device_id", &DeviceRow::device_id),
    column<store::Bytes>("account", &DeviceRow::account),
    column<store::Bytes>("cross_signing", &DeviceRow::cross_signing), column("published", &DeviceRow::published),
    column("inbox_pos", &DeviceRow::inbox_pos), column("created_ms", &DeviceRow::created_ms));
constexpr auto kFindDevice = sql("SELECT ", kDevice, " FROM fleet_device WHERE bot = ?1");
constexpr auto kInsertDevice = store::insert("fleet_device", kDevice);

constexpr auto kOlm =
    store::columns(column("peer_key", &OlmRow::peer_key), column("session_id", &OlmRow::session_id),
                   column<store::Bytes>("pickle", &OlmRow::pickle), column("made_by", &OlmRow::made_by));
constexpr auto kOlmSessions = sql("SELECT ", kOlm,
                                  " FROM fleet_olm_session WHERE bot = ?1 AND peer_key = ?2 "
                                  "ORDER BY used_ms DESC, session_id LIMIT ?3");

constexpr auto kRoomKey =
    store::columns(column("room_id", &RoomKeyRow::room_id), column("session_id", &RoomKeyRow::session_id),
                   column<store::Bytes>("pickle", &RoomKeyRow::pickle), column("sender", &RoomKeyRow::sender),
                   column("sender_device", &RoomKeyRow::sender_device), column("first_index", &RoomKeyRow::first_index),
                   column("used_ms", &RoomKeyRow::used_ms));
constexpr auto kFindRoomKey = sql(
    "SELECT ", kRoomKey, " FROM fleet_room_key WHERE bot = ?1 AND room_id = ?2 AND session_id = ?3 AND sender = ?4");
constexpr auto kInsertRoomKey = store::insert("fleet_room_key", kRoomKey, "bot");
constexpr auto kPutRoomKey =
    sql(kInsertRoomKey,
        " ON CONFLICT (bot, room_id, session_id, sender) DO UPDATE SET pickle = excluded.pickle, "
        "first_index = excluded.first_index, used_ms = excluded.used_ms "
        "WHERE excluded.first_index < fleet_room_key.first_index");
constexpr std::string_view kShrinkRoomKeys =
    "DELETE FROM fleet_room_key WHERE bot = ?1 AND sender = ?2 AND (room_id, session_id) IN (SELECT room_id, "
    "session_id "
    "FROM fleet_room_key WHERE bot = ?1 AND sender = ?2 ORDER BY used_ms LIMIT ?3)";

constexpr std::string_view kInsertRead =
    "INSERT INTO fleet_read_message (bot, session_id, sender, message_index, event_id, at_ms) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (bot, session_id, sender, message_index) DO NOTHING";

constexpr auto kUnread = store::columns(column("event_pos", &Unread::event_pos), column("bot", &Unread::bot),
                                        column("room_id", &Unread::room_id), column("session_id", &Unread::session_id),
                                        column("sender", &Unread::sender), column("since_ms", &Unread::since_ms));
constexpr auto kAllUnread = sql("SELECT ", kUnread, " FROM fleet_unread ORDER BY event_pos, bot");
constexpr auto kPutUnread = sql(store::insert("fleet_unread", kUnread), " ON CONFLICT (event_pos, bot) DO NOTHING");

constexpr auto kPeer = store::columns(column("user_id", &PeerRow::user_id), column("device_id", &PeerRow::device_id),
                                      column("curve25519", &PeerRow::curve25519), column("ed25519", &PeerRow::ed25519),
                                      column("seen_ms", &PeerRow::seen_ms));
constexpr auto kPeers = sql("SELECT ", kPeer, " FROM fleet_peer_device WHERE user_id = ?1");
constexpr auto kInsertPeer = sql(store::insert("fleet_peer_device", kPeer),
                                 " ON CONFLICT (user_id, device_id) DO UPDATE SET seen_ms = excluded.seen_ms");

constexpr std::array<std::string_view, 6> kDeleteOf = {
    "DELETE FROM fleet_device WHERE bot = ?1",   "DELETE FROM fleet_olm_session WHERE bot = ?1",
    "DELETE FROM fleet_room_key WHERE bot = ?1", "DELETE FROM fleet_read_message WHERE bot = ?1",
    "DELETE FROM fleet_unread WHERE bot = ?1",   "DELETE FROM fleet_unreadable WHERE bot = ?1"};
constexpr std::array<std::string_view, 4> kPrune = {
    "DELETE FROM fleet_olm_session WHERE (bot, peer_key, session_id) IN (SELECT bot, peer_key, session_id FROM "
    "fleet_olm_session WHERE used_ms < ?1 ORDER BY used_ms LIMIT ?2)",
    "DELETE FROM fleet_room_key WHERE (bot, room_id, session_id, sender) IN (SELECT bot, room_id, session_id, sender "
    "FROM "
    "fleet_room_key WHERE used_ms < ?1 ORDER BY used_ms LIMIT ?2)",
    "DELETE FROM fleet_read_message WHERE (bot, session_id, sender, message_index) IN (SELECT bot, session_id, sender, "
    "message_index FROM fleet_read_message WHERE at_ms < ?1 ORDER BY at_ms LIMIT ?2)",
    "DELETE FROM fleet_unreadable WHERE (bot, room_id, session_id) IN (SELECT bot, room_id, session_id FROM "
    "fleet_unreadable WHERE at_ms < ?1 ORDER BY at_ms LIMIT ?2)"};

}  // namespace

std::optional<DeviceRow> find_device(store::Connection& c, BotKey bot) {
  return store::one(c.query(kFindDevice, bot), kDevice);
}
bool has_bot(store::Connection& c, BotKey bot) {
  return store::any(c.query("SELECT 1 FROM fleet_bot WHERE id = ?1", bot));
}
bool insert_device(store::Tx& tx, const DeviceRow& row) {
  if (!has_bot(tx, row.bot)) return false;
  store::run_insert(tx, kInsertDevice, kDevice, row);
  return true;
}
void set_account(store::Tx& tx, BotKey bot, std::string_view sealed) {
  tx.run("UPDATE fleet_device SET account = ?2 WHERE bot = ?1", bot, store::Value::blob(sealed));
}
void set_published(store::Tx& tx, BotKey bot, bool published) {
  tx.run("UPDATE fleet_device SET published = ?2 WHERE bot = ?1", bot, published);
}
void set_inbox_pos(store::Tx& tx, BotKey bot, StreamPos pos) {
  tx.run("UPDATE fleet_device SET inbox_pos = ?2 WHERE bot = ?1 AND inbox_pos < ?2", bot, pos);
}
std::set<BotKey> published_devices(store::Connection& c) {
  const auto bots = store::values<BotKey>(c.query("SELECT bot FROM fleet_device WHERE published = 1"));
  return {bots.begin(), bots.end()};
}

std::vector<OlmRow> olm_sessions(store::Connection& c, BotKey bot, std::string_view peer_key) {
  return store::all(c.query(kOlmSessions, bot, peer_key, kMaxOlmSessions), kOlm);
}
void put_olm_session(store::Tx& tx, BotKey bot, const OlmRow& row, base::UnixMs now) {
  tx.run(
      "INSERT INTO fleet_olm_session (bot, peer_key, session_id, pickle, used_ms, made_by) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (bot, peer_key, session_id) DO UPDATE "
      "SET pickle = excluded.pickle, used_ms = excluded.used_ms",
      bot, row.peer_key, row.session_id, store::Value::blob(row.pickle), now, row.made_by);
  tx.run(
      "DELETE FROM fleet_olm_session WHERE bot = ?1 AND peer_key = ?2 AND session_id NOT IN "
      "(SELECT session_id FROM fleet_olm_session WHERE bot = ?1 AND peer_key = ?2 "
      "ORDER BY used_ms DESC, session_id LIMIT ?3)",
      bot, row.peer_key, kMaxOlmSessions);
}

std::optional<RoomKeyRow> find_room_key(store::Connection& c, BotKey bot, std::string_view room_id,
                                        std::string_view session_id, std::string_view sender) {
  return store::one(c.query(kFindRoomKey, bot, room_id, session_id, sender), kRoomKey);
}
void put_room_key(store::Tx& tx, BotKey bot, const RoomKeyRow& row) {
  store::run_insert(tx, kPutRoomKey, kRoomKey, row, bot);
  const auto over =
      store::number(tx.query("SELECT COUNT(*) FROM fleet_room_key WHERE bot = ?1 AND sender = ?2", bot, row.sender)) -
      kMaxRoomKeys;
  if (over > 0) tx.run(kShrinkRoomKeys, bot, row.sender, over);
}
void touch_room_key(store::Tx& tx, BotKey bot, std::string_view room_id, std::string_view session_id,
                    base::UnixMs now) {
  tx.run("UPDATE fleet_room_key SET used_ms = ?4 WHERE bot = ?1 AND room_id = ?2 AND session_id = ?3", bot, room_id,
         session_id, now);
}

std::string read_as(store::Connection& c, BotKey bot, const Place& place) {
  return store::value<std::string>(
             c.query("SELECT event_id FROM fleet_read_message WHERE bot = ?1 AND session_id = ?2 AND sender = ?3 "
                     "AND message_index = ?4",
                     bot, place.session_id, place.sender, place.index))
      .value_or("");
}
void insert_read(store::Tx& tx, BotKey bot, const Place& place, std::string_view event_id, base::UnixMs now) {
  if (has_bot(tx, bot)) tx.run(kInsertRead, bot, place.session_id, place.sender, place.index, event_id, now);
}

std::vector<Unread> all_unread(store::Connection& c) { return store::all(c.query(kAllUnread), kUnread); }
void insert_unread(store::Tx& tx, const Unread& unread) {
  if (has_bot(tx, unread.bot)) store::run_insert(tx, kPutUnread, kUnread, unread);
}
void delete_unread(store::Tx& tx, StreamPos event_pos, BotKey bot) {
  tx.run("DELETE FROM fleet_unread WHERE event_pos = ?1 AND bot = ?2", event_pos, bot);
}
bool tell_unreadable(store::Tx& tx, BotKey bot, std::string_view room_id, std::string_view session_id,
                     base::UnixMs now) {
  return has_bot(tx, bot) &&
         tx.run(
             "INSERT INTO fleet_unreadable (bot, room_id, session_id, at_ms) VALUES (?1, ?2, ?3, ?4) "
             "ON CONFLICT (bot, room_id, session_id) DO NOTHING",
             bot, room_id, session_id, now) > 0;
}
bool is_told_unreadable(store::Connection& c, BotKey bot, std::string_view room_id, std::string_view session_id) {
  return store::any(c.query("SELECT 1 FROM fleet_unreadable WHERE bot = ?1 AND room_id = ?2 AND session_id = ?3", bot,
                            room_id, session_id));
}

std::vector<PeerRow> peer_devices(store::Connection& c, std::string_view user_id) {
  return store::all(c.query(kPeers, user_id), kPeer);
}
void put_peer(store::Tx& tx, const PeerRow& row) { store::run_insert(tx, kInsertPeer, kPeer, row); }
void shrink_peer(store::Tx& tx, std::string_view user_id) {
  tx.run(
      "DELETE FROM fleet_peer_device WHERE user_id = ?1 AND device_id NOT IN (SELECT device_id "
      "FROM fleet_peer_device WHERE user_id = ?1 ORDER BY seen_ms DESC, device_id LIMIT ?2)",
      user_id, kMaxPeerDevices);
}
std::vector<std::string> peers_after(store::Connection& c, std::string_view user_id, std::int64_t limit) {
  const auto of_devices = store::values<std::string>(c.query(
      "SELECT DISTINCT user_id FROM fleet_peer_device WHERE user_id > ?1 ORDER BY user_id LIMIT ?2", user_id, limit));
  const auto of_masters = store::values<std::string>(
      c.query("SELECT user_id FROM fleet_peer_master WHERE user_id > ?1 ORDER BY user_id LIMIT ?2", user_id, limit));
  std::set<std::string> both(of_devices.begin(), of_devices.end());
  both.insert(of_masters.begin(), of_masters.end());
  std::vector<std::string> found(both.begin(), both.end());
  if (std::ssize(found) > limit) found.resize(static_cast<std::size_t>(limit));
  return found;
}
void delete_peer(store::Tx& tx, std::string_view user_id) {
  tx.run("DELETE FROM fleet_peer_device WHERE user_id = ?1", user_id);
  tx.run("DELETE FROM fleet_peer_master WHERE user_id = ?1", user_id);
}
std::string peer_master(store::Connection& c, std::string_view user_id) {
  return store::value<std::string>(c.query("SELECT master_key FROM fleet_peer_master WHERE user_id = ?1", user_id))
      .value_or("");
}
void put_peer_master(store::Tx& tx, std::string_view user_id, std::string_view master_key, base::UnixMs now) {
  tx.run(
      "INSERT INTO fleet_peer_master (user_id, master_key, seen_ms) VALUES (?1, ?2, ?3) "
      "ON CONFLICT (user_id) DO UPDATE SET master_key = excluded.master_key, seen_ms = excluded.seen_ms",
      user_id, master_key, now);
}

void delete_keys_of(store::Tx& tx, BotKey bot) {
  for (const auto statement : kDeleteOf) tx.run(statement, bot);
}
std::int64_t prune_keys(store::Tx& tx, base::UnixMs before, std::int64_t limit) {
  std::int64_t most = 0;
  for (const auto statement : kPrune) most = std::max(most, tx.run(statement, before, limit));
  return most;
}

}  // namespace troupe::fleet::encryption
