#include "homeserver/rooms/event_store.h"

#include <algorithm>

#include "base/crypto.h"
#include "matrix/ids.h"

namespace troupe::homeserver {

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

// What every query of whole events selects, in the order that read_event expects.
#define EVENT_COLUMNS "e.pos, e.room, e.flags, e.replaces, e.redacted_by, e.device, e.txn_id, e.bytes, r.version"

constexpr std::string_view kFindRoomById =
    "SELECT room, room_id, version, creator, is_public, blocked FROM hs_room WHERE room_id = ?1";
constexpr std::string_view kFindRoomByNum =
    "SELECT room, room_id, version, creator, is_public, blocked FROM hs_room WHERE room = ?1";
constexpr std::string_view kNextRoom = "SELECT COALESCE(MAX(room), 0) + 1 FROM hs_room";
constexpr std::string_view kInsertRoom =
    "INSERT INTO hs_room (room, room_id, version, creator, created_ms, is_public, blocked) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
constexpr std::string_view kSetPublic = "UPDATE hs_room SET is_public = ?2 WHERE room = ?1";
constexpr std::string_view kSetBlocked = "UPDATE hs_room SET blocked = ?2 WHERE room = ?1";

constexpr std::string_view kInsertEvent =
    "INSERT INTO hs_event (pos, room, event_id, type, state_key, sender, ts, depth, flags, replaces, redacted_by, "
    "device, txn_id, txn_hash, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
constexpr std::string_view kInsertTimeline = "INSERT INTO hs_timeline (room, pos, flags) VALUES (?1, ?2, ?3)";
constexpr std::string_view kInsertState =
    "INSERT INTO hs_state (room, type, state_key, pos, event_pos) VALUES (?1, ?2, ?3, ?4, ?4)";
constexpr std::string_view kUpsertMembership =
    "INSERT INTO hs_membership (user_id, room, membership, pos, forgotten) VALUES (?1, ?2, ?3, ?4, 0) "
    "ON CONFLICT (user_id, room) DO UPDATE SET membership = excluded.membership, pos = excluded.pos, forgotten = 0";
constexpr std::string_view kInsertRelation =
    "INSERT INTO hs_relation (parent, rel_type, pos, type, sender) VALUES (?1, ?2, ?3, ?4, ?5)";
constexpr std::string_view kDeleteRelation = "DELETE FROM hs_relation WHERE parent = ?1 AND rel_type = ?2 AND pos = ?3";
constexpr std::string_view kRelationsBy =
    "SELECT pos FROM hs_relation WHERE parent = ?1 AND rel_type = ?2 AND sender = ?3 ORDER BY pos DESC LIMIT ?4";

constexpr std::string_view kRedactEvent = "UPDATE hs_event SET bytes = ?2, redacted_by = ?3, flags = ?4 WHERE pos = ?1";
constexpr std::string_view kRedactTimeline = "UPDATE hs_timeline SET flags = ?3 WHERE room = ?1 AND pos = ?2";

constexpr std::string_view kLoadEvent =
    "SELECT " EVENT_COLUMNS " FROM hs_event e JOIN hs_room r ON r.room = e.room WHERE e.pos = ?1";
constexpr std::string_view kTimelineNewest =
    "SELECT " EVENT_COLUMNS
    " FROM hs_timeline t JOIN hs_event e ON e.pos = t.pos JOIN hs_room r ON r.room = t.room "
    "WHERE t.room = ?1 AND t.pos > ?2 AND t.pos <= ?3 ORDER BY t.pos DESC LIMIT ?4";
constexpr std::string_view kTimelineOldest =
    "SELECT " EVENT_COLUMNS
    " FROM hs_timeline t JOIN hs_event e ON e.pos = t.pos JOIN hs_room r ON r.room = t.room "
    "WHERE t.room = ?1 AND t.pos > ?2 AND t.pos <= ?3 ORDER BY t.pos LIMIT ?4";
constexpr std::string_view kStreamAfter =
    "SELECT " EVENT_COLUMNS
    " FROM hs_event e JOIN hs_room r ON r.room = e.room WHERE e.pos > ?1 ORDER BY e.pos LIMIT ?2";
constexpr std::string_view kStreamBetween =
    "SELECT " EVENT_COLUMNS
    ", e.txn_hash FROM hs_event e JOIN hs_room r ON r.room = e.room WHERE e.pos > ?1 AND e.pos <= ?2 "
    "ORDER BY e.pos LIMIT ?3";
constexpr std::string_view kNewestPos = "SELECT COALESCE(MAX(pos), 0) FROM hs_event";
constexpr std::string_view kStateAt =
    "SELECT " EVENT_COLUMNS
    " FROM (SELECT type, state_key, MAX(pos) AS pos FROM hs_state WHERE room = ?1 AND pos <= ?2 "
    "       GROUP BY type, state_key) latest "
    "JOIN hs_state s ON s.room = ?1 AND s.type = latest.type AND s.state_key = latest.state_key AND s.pos = latest.pos "
    "JOIN hs_event e ON e.pos = s.event_pos JOIN hs_room r ON r.room = e.room ORDER BY e.pos";
constexpr std::string_view kStateOfTypeAt =
    "SELECT " EVENT_COLUMNS
    " FROM (SELECT type, state_key, MAX(pos) AS pos FROM hs_state WHERE room = ?1 AND type = ?3 AND pos <= ?2 "
    "       GROUP BY type, state_key) latest "
    "JOIN hs_state s ON s.room = ?1 AND s.type = latest.type AND s.state_key = latest.state_key AND s.pos = latest.pos "
    "JOIN hs_event e ON e.pos = s.event_pos JOIN hs_room r ON r.room = e.room ORDER BY e.pos";
constexpr std::string_view kStateEntryAt =
    "SELECT event_pos FROM hs_state WHERE room = ?1 AND type = ?2 AND state_key = ?3 AND pos <= ?4 "
    "ORDER BY pos DESC LIMIT 1";
constexpr std::string_view kStateChanges =
    "SELECT " EVENT_COLUMNS
    " FROM hs_timeline t JOIN hs_event e ON e.pos = t.pos JOIN hs_room r ON r.room = t.room "
    "WHERE t.room = ?1 AND t.pos > ?2 AND t.pos <= ?3 AND (t.flags & 4) <> 0 ORDER BY t.pos";

constexpr std::string_view kMembershipsOf =
    "SELECT m.room, r.room_id, m.user_id, m.membership, m.pos, m.forgotten "
    "FROM hs_membership m JOIN hs_room r ON r.room = m.room WHERE m.user_id = ?1 ORDER BY m.room";
constexpr std::string_view kMembersOf =
    "SELECT m.room, r.room_id, m.user_id, m.membership, m.pos, m.forgotten "
    "FROM hs_membership m JOIN hs_room r ON r.room = m.room WHERE m.room = ?1 AND m.membership = ?2 ORDER BY m.user_id";
constexpr std::string_view kMembershipIn =
    "SELECT m.membership FROM hs_room r JOIN hs_membership m ON m.user_id = ?1 AND m.room = r.room WHERE r.room_id = "
    "?2";
constexpr std::string_view kCountMembers = "SELECT COUNT(*) FROM hs_membership WHERE room = ?1 AND membership = ?2";
constexpr std::string_view kIsForgotten =
    "SELECT 1 FROM hs_membership WHERE user_id = ?1 AND room = ?2 AND forgotten = 1";
constexpr std::string_view kSetForgotten = "UPDATE hs_membership SET forgotten = 1 WHERE user_id = ?1 AND room = ?2";

constexpr std::string_view kFindTxn = "SELECT pos FROM hs_txn WHERE path_hash = ?1";
constexpr std::string_view kInsertTxn =
    "INSERT INTO hs_txn (path_hash, pos, made_ms) VALUES (?1, ?2, ?3) ON CONFLICT (path_hash) DO NOTHING";
constexpr std::string_view kOldTxns =
    "SELECT path_hash FROM hs_txn WHERE path_hash > ?2 AND made_ms < ?1 ORDER BY path_hash LIMIT ?3";
constexpr std::string_view kDeleteTxn = "DELETE FROM hs_txn WHERE path_hash = ?1";
constexpr std::string_view kEventIdAt = "SELECT event_id FROM hs_event WHERE pos = ?1";
constexpr std::string_view kEventIdOfTxn = "SELECT event_id FROM hs_event WHERE pos = ?1 AND txn_hash = ?2";
constexpr std::string_view kKeysAfter =
    "SELECT pos, event_id, txn_hash FROM hs_event WHERE pos > ?1 ORDER BY pos LIMIT ?2";
constexpr std::string_view kScanForId = "SELECT pos FROM hs_event WHERE pos > ?2 AND event_id = ?1 LIMIT 1";
constexpr std::string_view kScanForTxn =
    "SELECT pos, event_id FROM hs_event WHERE pos > ?2 AND txn_hash = ?1 ORDER BY pos LIMIT 1";

constexpr std::string_view kInsertNotify =
    "INSERT INTO hs_notify (user_id, room, pos, kind) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (user_id, room, pos) DO UPDATE SET kind = excluded.kind";
constexpr std::string_view kDeleteNotify = "DELETE FROM hs_notify WHERE user_id = ?1 AND room = ?2 AND pos = ?3";

StoredEventPtr read_event(const store::Rows& row) {
  auto stored = std::make_shared<StoredEvent>();
  stored->pos = row.integer(0);
  stored->room = row.integer(1);
  stored->flags = static_cast<std::uint32_t>(row.integer(2));
  stored->replaces = row.optional_integer(3);
  stored->redacted_by = row.optional_integer(4);
  stored->device = row.string(5);
  stored->txn_id = row.string(6);
  const auto* version = matrix::room_version(row.text(8));
  if (!version)
    throw store::SqlError("event " + std::to_string(stored->pos) + " belongs to a room of an unknown version", false);
  auto event = matrix::parse_event(*version, row.string(7));
  if (!event)
    throw store::SqlError("event " + std::to_string(stored->pos) + " is damaged: " + event.error().message(), false);
  stored->event = *std::move(event);
  stored->client_open = matrix::client_event_open(*version, *stored->event, false);
  return stored;
}

std::vector<StoredEventPtr> read_events(store::Rows rows) {
  std::vector<StoredEventPtr> events;
  while (rows.next()) events.push_back(read_event(rows));
  return events;
}

std::optional<RoomRow> read_room(store::Rows rows) {
  if (!rows.next()) return std::nullopt;
  return RoomRow{.room = rows.integer(0),
                 .room_id = rows.string(1),
                 .version = rows.string(2),
                 .creator = rows.string(3),
                 .is_public = rows.integer(4) != 0,
                 .blocked = rows.integer(5) != 0};
}

std::vector<MembershipRow> read_memberships(store::Rows rows) {
  std::vector<MembershipRow> found;
  while (rows.next())
    found.push_back({.room = rows.integer(0),
                     .room_id = rows.string(1),
                     .user_id = rows.string(2),
                     .membership = rows.string(3),
                     .pos = rows.integer(4),
                     .forgotten = rows.integer(5) != 0});
  return found;
}

std::int64_t as_limit(std::size_t limit) { return static_cast<std::int64_t>(limit); }

}  // namespace

std::optional<RoomRow> find_room(store::Connection& connection, std::string_view room_id) {
  return read_room(connection.query(kFindRoomById, room_id));
}

std::optional<RoomRow> find_room(store::Connection& connection, RoomNum room) {
  return read_room(connection.query(kFindRoomByNum, room));
}

RoomNum insert_room(store::Tx& tx, const RoomRow& row, std::int64_t created_ms) {
  RoomNum room = row.room;
  if (room == 0) {
    auto rows = tx.query(kNextRoom);
    if (!rows.next()) throw store::SqlError("the table of rooms gave no number", false);
    room = rows.integer(0);
  }
  tx.run(kInsertRoom, room, row.room_id, row.version, row.creator, created_ms, row.is_public, row.blocked);
  return room;
}

void insert_event(store::Tx& tx, const StoredEvent& stored, std::optional<StreamPos> relation_parent,
                  std::string_view txn_hash) {
  const auto& event = *stored.event;
  auto flags = static_cast<std::int64_t>(stored.flags);
  std::optional<std::string_view> state_key;
  if (event.state_key) state_key = *event.state_key;
  std::optional<std::string_view> device;
  std::optional<std::string_view> txn_id;
  if (!stored.txn_id.empty()) {
    device = stored.device;
    txn_id = stored.txn_id;
  }
  tx.run(kInsertEvent, stored.pos, stored.room, event.event_id, event.type, state_key, event.sender,
         event.origin_server_ts, event.depth, flags, stored.replaces, stored.redacted_by, device, txn_id,
         txn_hash.empty() ? store::Value(nullptr) : store::Value::blob(txn_hash), event.pdu);
  tx.run(kInsertTimeline, stored.room, stored.pos, flags);
  if (event.is_state()) {
    tx.run(kInsertState, stored.room, event.type, *event.state_key, stored.pos);
    if (event.type == "m.room.member")
      tx.run(kUpsertMembership, *event.state_key, stored.room,
             matrix::find_string(event.content, "membership").value_or("leave"), stored.pos);
  }
  if (relation_parent) {
    if (auto relation = relation_of(event.content))
      tx.run(kInsertRelation, *relation_parent, relation->rel_type, stored.pos, event.type, event.sender);
  }
}

void apply_redaction(store::Tx& tx, const StoredEvent& pruned) {
  auto flags = static_cast<std::int64_t>(pruned.flags);
  tx.run(kRedactEvent, pruned.pos, pruned.event->pdu, pruned.redacted_by, flags);
  tx.run(kRedactTimeline, pruned.room, pruned.pos, flags);
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
  std::optional<StreamPos> pos;
  {
    auto rows = connection.query(kStateEntryAt, room, type, state_key, at);
    if (rows.next()) pos = rows.optional_integer(0);
  }
  return pos ? load_event(connection, *pos) : nullptr;
}

std::vector<StoredEventPtr> state_changes(store::Connection& connection, RoomNum room, StreamPos after,
                                          StreamPos upto) {
  return read_events(connection.query(kStateChanges, room, after, upto));
}

std::vector<MembershipRow> memberships_of(store::Connection& connection, std::string_view user_id) {
  return read_memberships(connection.query(kMembershipsOf, user_id));
}

std::vector<MembershipRow> members_of(store::Connection& connection, RoomNum room, std::string_view membership) {
  return read_memberships(connection.query(kMembersOf, room, membership));
}

std::string membership_in(store::Connection& connection, std::string_view user_id, std::string_view room_id) {
  auto rows = connection.query(kMembershipIn, user_id, room_id);
  return rows.next() ? rows.string(0) : std::string();
}

std::int64_t count_members(store::Connection& connection, RoomNum room, std::string_view membership) {
  auto rows = connection.query(kCountMembers, room, membership);
  return rows.next() ? rows.integer(0) : 0;
}

void set_forgotten(store::Tx& tx, std::string_view user_id, RoomNum room) { tx.run(kSetForgotten, user_id, room); }

bool is_forgotten(store::Connection& connection, std::string_view user_id, RoomNum room) {
  return connection.query(kIsForgotten, user_id, room).next();
}
void set_public(store::Tx& tx, RoomNum room, bool is_public) { tx.run(kSetPublic, room, is_public); }
void set_blocked(store::Tx& tx, RoomNum room, bool blocked) { tx.run(kSetBlocked, room, blocked); }

std::optional<StreamPos> find_txn(store::Connection& connection, std::string_view hash) {
  auto rows = connection.query(kFindTxn, store::Value::blob(hash));
  return rows.next() ? std::optional(rows.integer(0)) : std::nullopt;
}

void insert_txn(store::Tx& tx, std::string_view hash, StreamPos pos, std::int64_t now_ms) {
  tx.run(kInsertTxn, store::Value::blob(hash), pos, now_ms);
}

std::vector<std::string> old_txns(store::Connection& connection, std::int64_t before_ms, std::string_view after_hash,
                                  std::size_t limit) {
  std::vector<std::string> hashes;
  auto rows = connection.query(kOldTxns, before_ms, store::Value::blob(after_hash), as_limit(limit));
  while (rows.next()) hashes.emplace_back(rows.blob(0));
  return hashes;
}

void forget_txn(store::Tx& tx, std::string_view hash) { tx.run(kDeleteTxn, store::Value::blob(hash)); }

std::string event_id_at(store::Connection& connection, StreamPos pos) {
  auto rows = connection.query(kEventIdAt, pos);
  return rows.next() ? rows.string(0) : std::string();
}

std::string event_id_of_txn(store::Connection& connection, StreamPos pos, std::string_view txn_hash) {
  auto rows = connection.query(kEventIdOfTxn, pos, store::Value::blob(txn_hash));
  return rows.next() ? rows.string(0) : std::string();
}

void insert_notify(store::Tx& tx, std::string_view user_id, RoomNum room, StreamPos pos, int kind) {
  tx.run(kInsertNotify, user_id, room, pos, kind);
}

void forget_notify(store::Tx& tx, std::string_view user_id, RoomNum room, StreamPos pos) {
  tx.run(kDeleteNotify, user_id, room, pos);
}

std::vector<StreamPos> relations_by(store::Connection& connection, StreamPos parent, std::string_view rel_type,
                                    std::string_view sender, std::size_t limit) {
  std::vector<StreamPos> found;
  auto rows = connection.query(kRelationsBy, parent, rel_type, sender, as_limit(limit));
  while (rows.next()) found.push_back(rows.integer(0));
  return found;
}

void forget_relation(store::Tx& tx, StreamPos parent, std::string_view rel_type, StreamPos pos) {
  tx.run(kDeleteRelation, parent, rel_type, pos);
}

std::vector<StoredEventPtr> stream_after(store::Connection& connection, StreamPos after, std::size_t limit) {
  return read_events(connection.query(kStreamAfter, after, as_limit(limit)));
}

std::vector<FoundEvent> stream_between(store::Connection& connection, StreamPos after, StreamPos upto,
                                       std::size_t limit) {
  std::vector<FoundEvent> found;
  auto rows = connection.query(kStreamBetween, after, upto, as_limit(limit));
  while (rows.next()) found.push_back({.event = read_event(rows), .txn_hash = std::string(rows.blob(9))});
  return found;
}

StreamPos newest_pos(store::Connection& connection) {
  auto rows = connection.query(kNewestPos);
  return rows.next() ? rows.integer(0) : 0;
}

std::vector<EventKeys> keys_after(store::Connection& connection, StreamPos after, std::size_t limit) {
  std::vector<EventKeys> found;
  auto rows = connection.query(kKeysAfter, after, as_limit(limit));
  while (rows.next())
    found.push_back({.pos = rows.integer(0), .event_id = rows.string(1), .txn_hash = std::string(rows.blob(2))});
  return found;
}

std::optional<StreamPos> scan_for_id(store::Connection& connection, std::string_view event_id, StreamPos after) {
  auto rows = connection.query(kScanForId, event_id, after);
  return rows.next() ? std::optional(rows.integer(0)) : std::nullopt;
}

std::optional<EventKeys> scan_for_txn(store::Connection& connection, std::string_view txn_hash, StreamPos after) {
  auto rows = connection.query(kScanForTxn, store::Value::blob(txn_hash), after);
  if (!rows.next()) return std::nullopt;
  return EventKeys{.pos = rows.integer(0), .event_id = rows.string(1), .txn_hash = std::string(txn_hash)};
}

}  // namespace event_store
}  // namespace troupe::homeserver
