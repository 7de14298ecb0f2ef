#include "homeserver/reading/reading_store.h"

namespace troupe::homeserver::reading_store {
namespace {

constexpr std::string_view kReceiptsOfRoom =
    "SELECT user_id, kind, thread, event_id, event_pos, ts, pos FROM hs_receipt WHERE room = ?1";
constexpr std::string_view kReceiptsOf =
    "SELECT user_id, kind, thread, event_id, event_pos, ts, pos FROM hs_receipt WHERE room = ?1 AND user_id = ?2";
constexpr std::string_view kNotifiedAfter =
    "SELECT n.user_id, n.room, n.pos, COALESCE(m.membership, '') FROM hs_notify n "
    "LEFT JOIN hs_membership m ON m.user_id = n.user_id AND m.room = n.room "
    "WHERE (n.user_id, n.room, n.pos) > (?1, ?2, ?3) ORDER BY n.user_id, n.room, n.pos LIMIT ?4";
constexpr std::string_view kFindReceipt =
    "SELECT user_id, kind, thread, event_id, event_pos, ts, pos FROM hs_receipt "
    "WHERE room = ?1 AND user_id = ?2 AND kind = ?3 AND thread = ?4";
constexpr std::string_view kPutReceipt =
    "INSERT INTO hs_receipt (room, user_id, kind, thread, event_id, event_pos, ts, pos) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
    "ON CONFLICT (room, user_id, kind, thread) DO UPDATE SET event_id = excluded.event_id, "
    "event_pos = excluded.event_pos, ts = excluded.ts, pos = excluded.pos";

constexpr std::string_view kAccountDataSince =
    "SELECT room, type, content, pos FROM hs_account_data WHERE user_id = ?1 AND pos > ?2 AND pos <= ?3 ORDER BY pos";
constexpr std::string_view kAccountDataOfRoom =
    "SELECT room, type, content, pos FROM hs_account_data WHERE user_id = ?1 AND room = ?2 ORDER BY type";
constexpr std::string_view kFindAccountData =
    "SELECT room, type, content, pos FROM hs_account_data WHERE user_id = ?1 AND room = ?2 AND type = ?3";
constexpr std::string_view kPutAccountData =
    "INSERT INTO hs_account_data (user_id, room, type, content, pos) VALUES (?1, ?2, ?3, ?4, ?5) "
    "ON CONFLICT (user_id, room, type) DO UPDATE SET content = excluded.content, pos = excluded.pos";
constexpr std::string_view kAccountDataUsage = "SELECT bytes, entries FROM hs_account_data_usage WHERE user_id = ?1";
constexpr std::string_view kAddAccountDataUsage =
    "INSERT INTO hs_account_data_usage (user_id, bytes, entries) VALUES (?1, ?2, ?3) ON CONFLICT (user_id) DO UPDATE "
    "SET bytes = hs_account_data_usage.bytes + excluded.bytes, "
    "entries = hs_account_data_usage.entries + excluded.entries";

constexpr std::string_view kFindFilter = "SELECT content FROM hs_filter WHERE user_id = ?1 AND filter_id = ?2";
constexpr std::string_view kFindEqualFilter = "SELECT filter_id FROM hs_filter WHERE user_id = ?1 AND content = ?2";
constexpr std::string_view kNextFilterId = "SELECT coalesce(max(filter_id) + 1, 0) FROM hs_filter WHERE user_id = ?1";
constexpr std::string_view kInsertFilter = "INSERT INTO hs_filter (user_id, filter_id, content) VALUES (?1, ?2, ?3)";

constexpr std::string_view kUnread =
    "SELECT t.pos, t.flags, e.sender = ?4, instr(e.bytes, ?4) > 0 FROM hs_timeline t JOIN hs_event e ON e.pos = t.pos "
    "WHERE t.room = ?1 AND t.pos > ?2 AND t.pos <= ?3 AND (t.flags & 3) <> 0 ORDER BY t.pos DESC LIMIT ?5";

constexpr std::string_view kRelationsUp =
    "SELECT parent, pos, rel_type, type, sender FROM hs_relation WHERE parent = ?1 AND (?2 = '' OR rel_type = ?2) "
    "AND (?3 = '' OR type = ?3) AND pos > ?4 AND pos <= ?5 ORDER BY pos LIMIT ?6";
constexpr std::string_view kRelationsDown =
    "SELECT parent, pos, rel_type, type, sender FROM hs_relation WHERE parent = ?1 AND (?2 = '' OR rel_type = ?2) "
    "AND (?3 = '' OR type = ?3) AND pos > ?4 AND pos <= ?5 ORDER BY pos DESC LIMIT ?6";
constexpr std::string_view kCountRelations =
    "SELECT count(*) FROM hs_relation WHERE parent = ?1 AND rel_type = ?2 AND pos > ?3 AND pos <= ?4";
constexpr std::string_view kCountRelationsBySender =
    "SELECT sender, count(*) FROM hs_relation WHERE parent = ?1 AND rel_type = ?2 AND pos > ?3 AND pos <= ?4 "
    "GROUP BY sender";
constexpr std::string_view kHasRelationBy =
    "SELECT 1 FROM hs_relation WHERE parent = ?1 AND rel_type = ?2 AND sender = ?3 AND pos <= ?4 LIMIT 1";
constexpr std::string_view kThreadAnswers =
    "SELECT pos FROM hs_timeline WHERE room = ?1 AND pos < ?2 AND (flags & 16) <> 0 ORDER BY pos DESC LIMIT ?3";

constexpr std::string_view kFirstAfter =
    "SELECT t.pos, e.ts FROM hs_timeline t JOIN hs_event e ON e.pos = t.pos WHERE t.room = ?1 AND t.pos > ?2 "
    "ORDER BY t.pos LIMIT 1";
constexpr std::string_view kLastUpto =
    "SELECT t.pos, e.ts FROM hs_timeline t JOIN hs_event e ON e.pos = t.pos WHERE t.room = ?1 AND t.pos <= ?2 "
    "ORDER BY t.pos DESC LIMIT 1";

ReceiptRow receipt_of(const store::Rows& rows) {
  return {rows.string(0),  rows.string(1),  rows.string(2), rows.string(3),
          rows.integer(4), rows.integer(5), rows.integer(6)};
}
AccountDataRow account_data_of(const store::Rows& rows) {
  return {rows.integer(0), rows.string(1), rows.string(2), rows.integer(3)};
}

}  // namespace

std::vector<ReceiptRow> receipts(store::Connection& connection, RoomNum room) {
  std::vector<ReceiptRow> found;
  for (auto rows = connection.query(kReceiptsOfRoom, room); rows.next();) found.push_back(receipt_of(rows));
  return found;
}

std::vector<ReceiptRow> receipts_of(store::Connection& connection, RoomNum room, std::string_view user_id) {
  std::vector<ReceiptRow> found;
  for (auto rows = connection.query(kReceiptsOf, room, user_id); rows.next();) found.push_back(receipt_of(rows));
  return found;
}

std::vector<NotifyRow> notified_after(store::Connection& connection, std::string_view user_id, RoomNum room,
                                      StreamPos pos, std::size_t limit) {
  std::vector<NotifyRow> found;
  auto rows = connection.query(kNotifiedAfter, user_id, room, pos, static_cast<std::int64_t>(limit));
  while (rows.next()) found.push_back({rows.string(0), rows.integer(1), rows.integer(2), rows.string(3)});
  return found;
}

std::optional<ReceiptRow> find_receipt(store::Connection& connection, RoomNum room, std::string_view user_id,
                                       std::string_view kind, std::string_view thread) {
  auto rows = connection.query(kFindReceipt, room, user_id, kind, thread);
  if (!rows.next()) return std::nullopt;
  return receipt_of(rows);
}

void put_receipt(store::Tx& tx, RoomNum room, const ReceiptRow& row) {
  tx.run(kPutReceipt, room, row.user_id, row.kind, row.thread, row.event_id, row.event_pos, row.ts_ms, row.pos);
}

std::vector<AccountDataRow> account_data_since(store::Connection& connection, std::string_view user_id, StreamPos since,
                                               StreamPos upto) {
  std::vector<AccountDataRow> found;
  auto rows = connection.query(kAccountDataSince, user_id, since, upto);
  while (rows.next()) found.push_back(account_data_of(rows));
  return found;
}

std::vector<AccountDataRow> account_data_of_room(store::Connection& connection, std::string_view user_id,
                                                 RoomNum room) {
  std::vector<AccountDataRow> found;
  auto rows = connection.query(kAccountDataOfRoom, user_id, room);
  while (rows.next()) found.push_back(account_data_of(rows));
  return found;
}

std::optional<AccountDataRow> find_account_data(store::Connection& connection, std::string_view user_id, RoomNum room,
                                                std::string_view type) {
  auto rows = connection.query(kFindAccountData, user_id, room, type);
  if (!rows.next()) return std::nullopt;
  return account_data_of(rows);
}

void put_account_data(store::Tx& tx, std::string_view user_id, const AccountDataRow& row,
                      const std::optional<AccountDataRow>& before) {
  tx.run(kPutAccountData, user_id, row.room, row.type, row.content, row.pos);
  const auto grown =
      static_cast<std::int64_t>(row.content.size()) - static_cast<std::int64_t>(before ? before->content.size() : 0);
  tx.run(kAddAccountDataUsage, user_id, grown, before ? 0 : 1);
}

AccountDataUsage account_data_usage(store::Connection& connection, std::string_view user_id) {
  auto rows = connection.query(kAccountDataUsage, user_id);
  return rows.next() ? AccountDataUsage{.bytes = rows.integer(0), .entries = rows.integer(1)} : AccountDataUsage{};
}

std::optional<std::string> find_filter(store::Connection& connection, std::string_view user_id,
                                       std::int64_t filter_id) {
  auto rows = connection.query(kFindFilter, user_id, filter_id);
  if (!rows.next()) return std::nullopt;
  return rows.string(0);
}

std::optional<std::int64_t> find_equal_filter(store::Connection& connection, std::string_view user_id,
                                              std::string_view content) {
  auto rows = connection.query(kFindEqualFilter, user_id, content);
  if (!rows.next()) return std::nullopt;
  return rows.integer(0);
}

std::int64_t next_filter_id(store::Connection& connection, std::string_view user_id) {
  auto rows = connection.query(kNextFilterId, user_id);
  return rows.next() ? rows.integer(0) : 0;
}

void insert_filter(store::Tx& tx, std::string_view user_id, std::int64_t filter_id, std::string_view content) {
  tx.run(kInsertFilter, user_id, filter_id, content);
}

std::vector<UnreadRow> unread_rows(store::Connection& connection, RoomNum room, StreamPos after, StreamPos upto,
                                   std::string_view user_id, std::size_t limit) {
  std::vector<UnreadRow> found;
  auto rows = connection.query(kUnread, room, after, upto, user_id, static_cast<std::int64_t>(limit));
  while (rows.next()) {
    found.push_back(
        {rows.integer(0), static_cast<std::uint32_t>(rows.integer(1)), rows.integer(2) != 0, rows.integer(3) != 0});
  }
  return found;
}

std::vector<RelationRow> relations(store::Connection& connection, StreamPos parent, std::string_view rel_type,
                                   std::string_view type, StreamPos after, StreamPos upto, std::size_t limit,
                                   bool newest_first) {
  std::vector<RelationRow> found;
  auto rows = connection.query(newest_first ? kRelationsDown : kRelationsUp, parent, rel_type, type, after, upto,
                               static_cast<std::int64_t>(limit));
  while (rows.next()) {
    found.push_back({rows.integer(0), rows.integer(1), rows.string(2), rows.string(3), rows.string(4)});
  }
  return found;
}

std::int64_t count_relations(store::Connection& connection, StreamPos parent, std::string_view rel_type,
                             StreamPos after, StreamPos upto) {
  auto rows = connection.query(kCountRelations, parent, rel_type, after, upto);
  return rows.next() ? rows.integer(0) : 0;
}

std::vector<RelationsOf> count_relations_by_sender(store::Connection& connection, StreamPos parent,
                                                   std::string_view rel_type, StreamPos after, StreamPos upto) {
  std::vector<RelationsOf> found;
  auto rows = connection.query(kCountRelationsBySender, parent, rel_type, after, upto);
  while (rows.next()) found.push_back({rows.string(0), rows.integer(1)});
  return found;
}

bool has_relation_by(store::Connection& connection, StreamPos parent, std::string_view rel_type,
                     std::string_view sender, StreamPos upto) {
  return connection.query(kHasRelationBy, parent, rel_type, sender, upto).next();
}

std::vector<StreamPos> thread_answers(store::Connection& connection, RoomNum room, StreamPos before,
                                      std::size_t limit) {
  std::vector<StreamPos> found;
  auto rows = connection.query(kThreadAnswers, room, before, static_cast<std::int64_t>(limit));
  while (rows.next()) found.push_back(rows.integer(0));
  return found;
}

std::optional<TimedEvent> first_after(store::Connection& connection, RoomNum room, StreamPos pos) {
  auto rows = connection.query(kFirstAfter, room, pos);
  if (!rows.next()) return std::nullopt;
  return TimedEvent{rows.integer(0), rows.integer(1)};
}

std::optional<TimedEvent> last_upto(store::Connection& connection, RoomNum room, StreamPos pos) {
  auto rows = connection.query(kLastUpto, room, pos);
  if (!rows.next()) return std::nullopt;
  return TimedEvent{rows.integer(0), rows.integer(1)};
}

}  // namespace troupe::homeserver::reading_store
