#include "homeserver/memory/event_store.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/stored_format.h"
#include "matrix/ids.h"
#include "store/damage.h"
#include "store/words.h"

namespace troupe::homeserver::memory {

std::string txn_path(std::initializer_list<std::string_view> segments) {
  std::string path;
  for (auto segment : segments) path.append(segment).push_back('\0');  // no segment holds a NUL
  return path;
}

std::string txn_hash(std::string_view user_id, std::string_view device_id, std::string_view decoded_path) {
  std::string text;
  text.reserve(user_id.size() + device_id.size() + decoded_path.size() + 2);
  text.append(user_id).push_back('\0');
  text.append(device_id).push_back('\0');
  text.append(decoded_path);
  auto digest = base::sha256(text);
  return {reinterpret_cast<const char*>(digest.data()), 16};
}

std::optional<Relation> relation_of(const matrix::JsonObject& content) {
  const auto* relates = matrix::find_object(content, "m.relates_to");
  if (!relates) return std::nullopt;
  auto rel_type = matrix::find_string(*relates, "rel_type");
  auto event_id = matrix::find_string(*relates, "event_id");
  if (!rel_type || !event_id || rel_type->empty() || rel_type->size() > matrix::kMaxIdBytes) return std::nullopt;
  return Relation{*rel_type, *event_id, matrix::find_string(*relates, "key").value_or("")};
}

namespace event_store {
namespace {

using namespace store::words;

/// What an event is read from, in the order of read_event.
constexpr auto kEventColumns = sql(
    "e.pos, e.room, e.flags, e.replaces, e.redacted_by, e.device, e.txn_id, e.event_id, e.bytes, e.body, r.version");

constexpr auto kRoom = store::columns(column("room", &RoomRow::room), column("room_id", &RoomRow::room_id),
                                      column("version", &RoomRow::version), column("creator", &RoomRow::creator),
                                      column("is_public", &RoomRow::is_public), column("blocked", &RoomRow::blocked));
constexpr auto kFindRoomById = sql("SELECT ", kRoom, " FROM hs_room WHERE room_id = ?1");
constexpr auto kFindRoomByNum = sql("SELECT ", kRoom, " FROM hs_room WHERE room = ?1");
/// Numbers of purged rooms stay taken: rows that were not swept yet, and other processes' memory, go by them.
constexpr std::string_view kNextRoom =
    "SELECT CASE WHEN here > gone THEN here ELSE gone END + 1 FROM (SELECT "
    "COALESCE((SELECT MAX(room) FROM hs_room), 0) AS here, "
    "COALESCE((SELECT MAX(room) FROM hs_purged_room), 0) AS gone) newest";
constexpr auto kGone =
    store::columns(store::computed("p.room_id", &GoneRoom::room_id), store::computed("m.pos", &GoneRoom::pos));
constexpr auto kGoneRoomsOf = sql("SELECT ", kGone,
                                  " FROM hs_membership m JOIN hs_purged_room p ON p.room = m.room "
                                  "WHERE m.user_id = ?1 AND m.forgotten = 0 ORDER BY m.pos DESC LIMIT ?2");
constexpr auto kInsertRoom = store::insert("hs_room", kRoom, "created_ms");

constexpr auto kFromEvent = sql("SELECT ", kEventColumns, " FROM hs_event e JOIN hs_room r ON r.room = e.room WHERE ");
/// "+ 0": else PostgreSQL merges the room's positions with all newer events of all rooms, where the room is a large
/// one.
constexpr auto kFromTimeline =
    sql("SELECT ", kEventColumns,
        " FROM hs_timeline t JOIN hs_event e ON e.pos = t.pos + 0 JOIN hs_room r ON r.room = t.room "
        "WHERE t.room = ?1 AND t.pos > ?2 AND t.pos <= ?3 ");
constexpr auto kLoadEvent = sql(kFromEvent, "e.pos = ?1");
constexpr auto kTimelineNewest = sql(kFromTimeline, "ORDER BY t.pos DESC LIMIT ?4");
constexpr auto kTimelineOldest = sql(kFromTimeline, "ORDER BY t.pos LIMIT ?4");
constexpr auto kStreamAfter = sql(kFromEvent, "e.pos > ?1 ORDER BY e.pos LIMIT ?2");
constexpr auto kStreamBetween =
    sql("SELECT ", kEventColumns,
        ", e.txn_hash FROM hs_event e JOIN hs_room r ON r.room = e.room WHERE e.pos > ?1 AND e.pos <= ?2 "
        "ORDER BY e.pos LIMIT ?3");
/// The event of each latest entry that the subquery before it finds.
constexpr auto kOfLatest =
    sql(" GROUP BY type, state_key) latest "
        "JOIN hs_state s ON s.room = ?1 AND s.type = latest.type AND s.state_key = latest.state_key AND s.pos = "
        "latest.pos JOIN hs_event e ON e.pos = s.event_pos JOIN hs_room r ON r.room = e.room ORDER BY e.pos");
constexpr auto kLatest =
    sql("SELECT ", kEventColumns, " FROM (SELECT type, state_key, MAX(pos) AS pos FROM hs_state WHERE room = ?1");
constexpr auto kStateAt = sql(kLatest, " AND pos <= ?2", kOfLatest);
constexpr auto kStateOfTypeAt = sql(kLatest, " AND type = ?3 AND pos <= ?2", kOfLatest);
constexpr auto kStateChanges = sql(kFromTimeline, "AND (t.flags & 4) <> 0 ORDER BY t.pos");

constexpr auto kMembership =
    store::columns("m", column("room", &MembershipRow::room), store::computed("r.room_id", &MembershipRow::room_id),
                   column("user_id", &MembershipRow::user_id), column("membership", &MembershipRow::membership),
                   column("pos", &MembershipRow::pos), column("forgotten", &MembershipRow::forgotten));
constexpr auto kFromMembership =
    sql("SELECT ", kMembership, " FROM hs_membership m JOIN hs_room r ON r.room = m.room WHERE ");
constexpr auto kMembershipsOf = sql(kFromMembership, "m.user_id = ?1 ORDER BY m.room");
constexpr auto kMembersOf = sql(kFromMembership, "m.room = ?1 AND m.membership = ?2 ORDER BY m.user_id");

constexpr auto kKeys = store::columns(column("pos", &EventKeys::pos), column("event_id", &EventKeys::event_id),
                                      column<store::Bytes>("txn_hash", &EventKeys::txn_hash));
constexpr auto kKeysAfter = sql("SELECT ", kKeys, " FROM hs_event WHERE pos > ?1 ORDER BY pos LIMIT ?2");
constexpr auto kScanForTxn =
    sql("SELECT ", kKeys, " FROM hs_event WHERE pos > ?2 AND txn_hash = ?1 ORDER BY pos LIMIT 1");

StoredEventPtr read_event(store::Rows& row) {
  auto stored = std::make_shared<StoredEvent>();
  std::string event_id;
  std::string_view bytes;
  std::optional<std::string_view> body;
  std::string_view version_name;
  row >> stored->pos >> stored->room >> stored->flags >> stored->replaces >> stored->redacted_by >> stored->device >>
      stored->txn_id >> event_id >> bytes >> store::blob(body) >> version_name;
  const auto* version = matrix::room_version(version_name);
  if (!version)
    throw store::SqlError("event " + std::to_string(stored->pos) + " belongs to a room of an unknown version", false);
  auto event = matrix::parse_event(*version, std::string(stored_pdu(stored->pos, bytes, body)), std::move(event_id));
  if (!event)
    throw store::SqlError("event " + std::to_string(stored->pos) + " is damaged: " + event.error().message(), false,
                          store::kDataCorrupted);
  stored->event = *std::move(event);
  stored->client_open = matrix::client_event_open(*version, *stored->event, false);
  return stored;
}

std::vector<StoredEventPtr> read_events(store::Rows rows) {
  std::vector<StoredEventPtr> events;
  while (rows.next()) events.push_back(read_event(rows));
  return events;
}

std::int64_t as_limit(std::size_t limit) { return static_cast<std::int64_t>(limit); }

}  // namespace

std::string_view stored_pdu(StreamPos pos, std::string_view bytes, std::optional<std::string_view> body) {
  if (!body) return bytes;
  const auto pdu = base::from_stored(*body);
  if (!pdu) {
    throw store::SqlError("event " + std::to_string(pos) + " cannot be read: " + pdu.error().detail(), false,
                          store::kDataCorrupted);
  }
  return *pdu;
}

std::optional<RoomRow> find_room(store::Connection& connection, std::string_view room_id) {
  return store::one(connection.query(kFindRoomById, room_id), kRoom);
}

std::optional<RoomRow> find_room(store::Connection& connection, RoomNum room) {
  return store::one(connection.query(kFindRoomByNum, room), kRoom);
}

RoomNum insert_room(store::Tx& tx, const RoomRow& row, std::int64_t created_ms) {
  auto made = row;
  if (made.room == 0) made.room = store::number(tx.query(kNextRoom));
  store::run_insert(tx, kInsertRoom, kRoom, made, created_ms);
  return made.room;
}

void insert_event(store::Tx& tx, const StoredEvent& stored, std::optional<StreamPos> relation_parent,
                  std::string_view txn_hash) {
  const auto& event = *stored.event;
  auto flags = static_cast<std::int64_t>(stored.flags);
  std::optional<std::string_view> state_key;
  if (event.state_key) state_key = *event.state_key;
  const bool has_txn = !stored.txn_id.empty();
  const auto device = has_txn ? store::Value(stored.device) : store::Value(nullptr);
  const auto body = base::to_stored(event.pdu);
  tx.run(
      "INSERT INTO hs_event (pos, room, event_id, type, state_key, sender, ts, depth, flags, replaces, "
      "redacted_by, device, txn_id, txn_hash, bytes, body) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, '', ?15)",
      stored.pos, stored.room, event.event_id, event.type, state_key, event.sender, event.origin_server_ts, event.depth,
      flags, stored.replaces, stored.redacted_by, device, store::text_or_null(stored.txn_id),
      store::blob_or_null(txn_hash), store::Value::blob(body));
  tx.run("INSERT INTO hs_timeline (room, pos, flags) VALUES (?1, ?2, ?3)", stored.room, stored.pos, flags);
  if (event.is_state()) {
    tx.run("INSERT INTO hs_state (room, type, state_key, pos, event_pos) VALUES (?1, ?2, ?3, ?4, ?4)", stored.room,
           event.type, *event.state_key, stored.pos);
    if (event.type == "m.room.member")
      tx.run(
          "INSERT INTO hs_membership (user_id, room, membership, pos, forgotten) "
          "VALUES (?1, ?2, ?3, ?4, 0) ON CONFLICT (user_id, room) DO UPDATE "
          "SET membership = excluded.membership, pos = excluded.pos, forgotten = 0",
          *event.state_key, stored.room, matrix::find_string(event.content, "membership").value_or("leave"),
          stored.pos);
  }
  if (relation_parent) {
    if (auto relation = relation_of(event.content))
      tx.run("INSERT INTO hs_relation (parent, rel_type, pos, type, sender) VALUES (?1, ?2, ?3, ?4, ?5)",
             *relation_parent, relation->rel_type, stored.pos, event.type, event.sender);
  }
}

void apply_redaction(store::Tx& tx, const StoredEvent& pruned) {
  auto flags = static_cast<std::int64_t>(pruned.flags);
  const auto body = base::to_stored(pruned.event->pdu);
  tx.run("UPDATE hs_event SET bytes = '', body = ?2, redacted_by = ?3, flags = ?4 WHERE pos = ?1", pruned.pos,
         store::Value::blob(body), pruned.redacted_by, flags);
  tx.run("UPDATE hs_timeline SET flags = ?3 WHERE room = ?1 AND pos = ?2", pruned.room, pruned.pos, flags);
}

StoredEventPtr load_event(store::Connection& connection, StreamPos pos) {
  auto rows = connection.query(kLoadEvent, pos);
  return rows.next() ? read_event(rows) : nullptr;
}

std::vector<StoredEventPtr> timeline(store::Connection& connection, RoomNum room, StreamPos after, StreamPos upto,
                                     std::size_t limit, bool newest_first) {
  if (!newest_first) return read_events(connection.query(kTimelineOldest, room, after, upto, as_limit(limit)));
  auto events = read_events(connection.query(kTimelineNewest, room, after, upto, as_limit(limit)));
  std::reverse(events.begin(), events.end());
  return events;
}

std::vector<StoredEventPtr> state_at(store::Connection& connection, RoomNum room, StreamPos at,
                                     std::optional<std::string_view> type) {
  if (type) return read_events(connection.query(kStateOfTypeAt, room, at, *type));
  return read_events(connection.query(kStateAt, room, at));
}

StoredEventPtr state_entry_at(store::Connection& connection, RoomNum room, StreamPos at, std::string_view type,
                              std::string_view state_key) {
  const auto pos = store::value<StreamPos>(
      connection.query("SELECT event_pos FROM hs_state WHERE room = ?1 AND type = ?2 AND state_key = ?3 AND pos <= ?4 "
                       "ORDER BY pos DESC LIMIT 1",
                       room, type, state_key, at));
  return pos ? load_event(connection, *pos) : nullptr;
}

std::vector<StoredEventPtr> state_changes(store::Connection& connection, RoomNum room, StreamPos after,
                                          StreamPos upto) {
  return read_events(connection.query(kStateChanges, room, after, upto));
}

std::vector<MembershipRow> memberships_of(store::Connection& connection, std::string_view user_id) {
  return store::all(connection.query(kMembershipsOf, user_id), kMembership);
}

std::vector<GoneRoom> gone_rooms_of(store::Connection& connection, std::string_view user_id, std::size_t limit) {
  return store::all(connection.query(kGoneRoomsOf, user_id, as_limit(limit)), kGone);
}

void purge_room(store::Tx& tx, RoomNum room, std::string_view room_id, std::int64_t now_ms) {
  tx.run("DELETE FROM hs_room WHERE room = ?1", room);
  tx.run("INSERT INTO hs_purged_room (room, room_id, purged_ms) VALUES (?1, ?2, ?3)", room, room_id, now_ms);
}

StreamPos newest_member(store::Connection& connection, RoomNum room) {
  return store::number(connection.query("SELECT COALESCE(MAX(pos), 0) FROM hs_membership WHERE room = ?1", room));
}

std::vector<MembershipRow> members_of(store::Connection& connection, RoomNum room, std::string_view membership) {
  return store::all(connection.query(kMembersOf, room, membership), kMembership);
}

std::string membership_in(store::Connection& connection, std::string_view user_id, std::string_view room_id) {
  return store::value<std::string>(
             connection.query(
                 "SELECT m.membership FROM hs_room r JOIN hs_membership m ON m.user_id = ?1 AND m.room = r.room "
                 "WHERE r.room_id = ?2",
                 user_id, room_id))
      .value_or("");
}

std::int64_t count_members(store::Connection& connection, RoomNum room, std::string_view membership) {
  return store::number(
      connection.query("SELECT COUNT(*) FROM hs_membership WHERE room = ?1 AND membership = ?2", room, membership));
}

void set_forgotten(store::Tx& tx, std::string_view user_id, RoomNum room) {
  tx.run("UPDATE hs_membership SET forgotten = 1 WHERE user_id = ?1 AND room = ?2", user_id, room);
}

bool is_forgotten(store::Connection& connection, std::string_view user_id, RoomNum room) {
  return store::any(connection.query("SELECT 1 FROM hs_membership WHERE user_id = ?1 AND room = ?2 AND forgotten = 1",
                                     user_id, room));
}
void set_public(store::Tx& tx, RoomNum room, bool is_public) {
  tx.run("UPDATE hs_room SET is_public = ?2 WHERE room = ?1", room, is_public);
}
void set_blocked(store::Tx& tx, RoomNum room, bool blocked) {
  tx.run("UPDATE hs_room SET blocked = ?2 WHERE room = ?1", room, blocked);
}

std::optional<StreamPos> find_txn(store::Connection& connection, std::string_view hash) {
  return store::value<StreamPos>(
      connection.query("SELECT pos FROM hs_txn WHERE path_hash = ?1", store::Value::blob(hash)));
}

void insert_txn(store::Tx& tx, std::string_view hash, StreamPos pos, std::int64_t now_ms) {
  tx.run("INSERT INTO hs_txn (path_hash, pos, made_ms) VALUES (?1, ?2, ?3) ON CONFLICT (path_hash) DO NOTHING",
         store::Value::blob(hash), pos, now_ms);
}

std::vector<std::string> old_txns(store::Connection& connection, std::int64_t before_ms, std::string_view after_hash,
                                  std::size_t limit) {
  return store::values<std::string, store::Bytes>(
      connection.query("SELECT path_hash FROM hs_txn WHERE path_hash > ?2 AND made_ms < ?1 ORDER BY path_hash LIMIT ?3",
                       before_ms, store::Value::blob(after_hash), as_limit(limit)));
}

void forget_txn(store::Tx& tx, std::string_view hash) {
  tx.run("DELETE FROM hs_txn WHERE path_hash = ?1", store::Value::blob(hash));
}

std::string event_id_at(store::Connection& connection, StreamPos pos) {
  return store::value<std::string>(connection.query("SELECT event_id FROM hs_event WHERE pos = ?1", pos)).value_or("");
}

std::string event_id_of_txn(store::Connection& connection, StreamPos pos, std::string_view txn_hash) {
  return store::value<std::string>(connection.query("SELECT event_id FROM hs_event WHERE pos = ?1 AND txn_hash = ?2",
                                                    pos, store::Value::blob(txn_hash)))
      .value_or("");
}

void insert_notify(store::Tx& tx, std::string_view user_id, RoomNum room, StreamPos pos, int kind) {
  tx.run(
      "INSERT INTO hs_notify (user_id, room, pos, kind) VALUES (?1, ?2, ?3, ?4) "
      "ON CONFLICT (user_id, room, pos) DO UPDATE SET kind = excluded.kind",
      user_id, room, pos, kind);
}

void forget_notify(store::Tx& tx, std::string_view user_id, RoomNum room, StreamPos pos) {
  tx.run("DELETE FROM hs_notify WHERE user_id = ?1 AND room = ?2 AND pos = ?3", user_id, room, pos);
}

std::vector<StreamPos> relations_by(store::Connection& connection, StreamPos parent, std::string_view rel_type,
                                    std::string_view sender, std::size_t limit) {
  return store::values<StreamPos>(
      connection.query("SELECT pos FROM hs_relation WHERE parent = ?1 AND rel_type = ?2 AND sender = ?3 "
                       "ORDER BY pos DESC LIMIT ?4",
                       parent, rel_type, sender, as_limit(limit)));
}

void forget_relation(store::Tx& tx, StreamPos parent, std::string_view rel_type, StreamPos pos) {
  tx.run("DELETE FROM hs_relation WHERE parent = ?1 AND rel_type = ?2 AND pos = ?3", parent, rel_type, pos);
}

std::vector<StoredEventPtr> stream_after(store::Connection& connection, StreamPos after, std::size_t limit) {
  return read_events(connection.query(kStreamAfter, after, as_limit(limit)));
}

std::vector<FoundEvent> stream_between(store::Connection& connection, StreamPos after, StreamPos upto,
                                       std::size_t limit) {
  std::vector<FoundEvent> found;
  auto rows = connection.query(kStreamBetween, after, upto, as_limit(limit));
  while (rows.next()) {
    auto& one = found.emplace_back();
    one.event = read_event(rows);
    rows >> store::blob(one.txn_hash);
  }
  return found;
}

StreamPos newest_pos(store::Connection& connection) {
  return store::number(connection.query("SELECT COALESCE(MAX(pos), 0) FROM hs_event"));
}

std::vector<EventKeys> keys_after(store::Connection& connection, StreamPos after, std::size_t limit) {
  return store::all(connection.query(kKeysAfter, after, as_limit(limit)), kKeys);
}

std::optional<StreamPos> scan_for_id(store::Connection& connection, std::string_view event_id, StreamPos after) {
  return store::value<StreamPos>(
      connection.query("SELECT pos FROM hs_event WHERE pos > ?2 AND event_id = ?1 LIMIT 1", event_id, after));
}

std::optional<EventKeys> scan_for_txn(store::Connection& connection, std::string_view txn_hash, StreamPos after) {
  return store::one(connection.query(kScanForTxn, store::Value::blob(txn_hash), after), kKeys);
}

}  // namespace event_store
}  // namespace troupe::homeserver::memory
