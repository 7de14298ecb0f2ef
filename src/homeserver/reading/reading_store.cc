#include "homeserver/reading/reading_store.h"

#include "store/columns.h"

namespace troupe::homeserver::reading_store {
namespace {

using store::column;
using store::computed;
using store::sql;

constexpr auto kReceipt = store::columns(
    column("user_id", &ReceiptRow::user_id), column("kind", &ReceiptRow::kind), column("thread", &ReceiptRow::thread),
    column("event_id", &ReceiptRow::event_id), column("event_pos", &ReceiptRow::event_pos),
    column("ts", &ReceiptRow::ts_ms), column("pos", &ReceiptRow::pos));
constexpr auto kReceiptsOfRoom = sql("SELECT ", kReceipt, " FROM hs_receipt WHERE room = ?1");
constexpr auto kReceiptsOf = sql(kReceiptsOfRoom, " AND user_id = ?2");
constexpr auto kFindReceipt = sql(kReceiptsOf, " AND kind = ?3 AND thread = ?4");
constexpr auto kPutReceipt =
    sql(store::insert("hs_receipt", kReceipt, "room"),
        " ON CONFLICT (room, user_id, kind, thread) DO UPDATE SET event_id = excluded.event_id, "
        "event_pos = excluded.event_pos, ts = excluded.ts, pos = excluded.pos");

constexpr auto kNotify =
    store::columns("n", column("user_id", &NotifyRow::user_id), column("room", &NotifyRow::room),
                   column("pos", &NotifyRow::pos), computed("COALESCE(m.membership, '')", &NotifyRow::membership));
constexpr auto kNotifiedAfter =
    sql("SELECT ", kNotify,
        " FROM hs_notify n LEFT JOIN hs_membership m ON m.user_id = n.user_id AND m.room = n.room "
        "WHERE (n.user_id, n.room, n.pos) > (?1, ?2, ?3) ORDER BY n.user_id, n.room, n.pos LIMIT ?4");

constexpr auto kAccountData =
    store::columns(column("room", &AccountDataRow::room), column("type", &AccountDataRow::type),
                   column("content", &AccountDataRow::content), column("pos", &AccountDataRow::pos));
constexpr auto kFromAccountData = sql("SELECT ", kAccountData, " FROM hs_account_data WHERE user_id = ?1 AND ");
constexpr auto kAccountDataSince = sql(kFromAccountData, "pos > ?2 AND pos <= ?3 ORDER BY pos");
constexpr auto kAccountDataOfRoom = sql(kFromAccountData, "room = ?2 ORDER BY type");
constexpr auto kFindAccountData = sql(kFromAccountData, "room = ?2 AND type = ?3");
constexpr auto kPutAccountData =
    sql(store::insert("hs_account_data", kAccountData, "user_id"),
        " ON CONFLICT (user_id, room, type) DO UPDATE SET content = excluded.content, pos = excluded.pos");
constexpr auto kUsage =
    store::columns(column("bytes", &AccountDataUsage::bytes), column("entries", &AccountDataUsage::entries));
constexpr auto kAccountDataUsage = sql("SELECT ", kUsage, " FROM hs_account_data_usage WHERE user_id = ?1");
constexpr std::string_view kAddAccountDataUsage =
    "INSERT INTO hs_account_data_usage (user_id, bytes, entries) VALUES (?1, ?2, ?3) ON CONFLICT (user_id) DO UPDATE "
    "SET bytes = hs_account_data_usage.bytes + excluded.bytes, "
    "entries = hs_account_data_usage.entries + excluded.entries";

constexpr std::string_view kFindFilter = "SELECT content FROM hs_filter WHERE user_id = ?1 AND filter_id = ?2";
constexpr std::string_view kFindEqualFilter = "SELECT filter_id FROM hs_filter WHERE user_id = ?1 AND content = ?2";
constexpr std::string_view kNextFilterId = "SELECT coalesce(max(filter_id) + 1, 0) FROM hs_filter WHERE user_id = ?1";
constexpr std::string_view kInsertFilter = "INSERT INTO hs_filter (user_id, filter_id, content) VALUES (?1, ?2, ?3)";

constexpr auto kUnreadRow = store::columns("t", column("pos", &UnreadRow::pos), column("flags", &UnreadRow::flags),
                                           computed("e.sender = ?4", &UnreadRow::own),
                                           computed("instr(e.bytes, ?4) > 0", &UnreadRow::names_user));
constexpr auto kUnread =
    sql("SELECT ", kUnreadRow,
        " FROM hs_timeline t JOIN hs_event e ON e.pos = t.pos "
        "WHERE t.room = ?1 AND t.pos > ?2 AND t.pos <= ?3 AND (t.flags & 3) <> 0 ORDER BY t.pos DESC LIMIT ?5");

constexpr auto kRelation = store::columns(column("parent", &RelationRow::parent), column("pos", &RelationRow::pos),
                                          column("rel_type", &RelationRow::rel_type),
                                          column("type", &RelationRow::type), column("sender", &RelationRow::sender));
constexpr auto kFromRelation =
    sql("SELECT ", kRelation,
        " FROM hs_relation WHERE parent = ?1 AND (?2 = '' OR rel_type = ?2) AND (?3 = '' OR type = ?3) "
        "AND pos > ?4 AND pos <= ?5 ORDER BY pos ");
constexpr auto kRelationsUp = sql(kFromRelation, "LIMIT ?6");
constexpr auto kRelationsDown = sql(kFromRelation, "DESC LIMIT ?6");
constexpr std::string_view kCountRelations =
    "SELECT count(*) FROM hs_relation WHERE parent = ?1 AND rel_type = ?2 AND pos > ?3 AND pos <= ?4";
constexpr std::string_view kCountRelationsBySender =
    "SELECT sender, count(*) FROM hs_relation WHERE parent = ?1 AND rel_type = ?2 AND pos > ?3 AND pos <= ?4 "
    "GROUP BY sender";
constexpr std::string_view kHasRelationBy =
    "SELECT 1 FROM hs_relation WHERE parent = ?1 AND rel_type = ?2 AND sender = ?3 AND pos <= ?4 LIMIT 1";
constexpr std::string_view kThreadAnswers =
    "SELECT pos FROM hs_timeline WHERE room = ?1 AND pos < ?2 AND (flags & 16) <> 0 ORDER BY pos DESC LIMIT ?3";

constexpr auto kTimed = store::columns(computed("t.pos", &TimedEvent::pos), computed("e.ts", &TimedEvent::ts_ms));
constexpr auto kFromTimed =
    sql("SELECT ", kTimed, " FROM hs_timeline t JOIN hs_event e ON e.pos = t.pos WHERE t.room = ?1 AND ");
constexpr auto kFirstAfter = sql(kFromTimed, "t.pos > ?2 ORDER BY t.pos LIMIT 1");
constexpr auto kLastUpto = sql(kFromTimed, "t.pos <= ?2 ORDER BY t.pos DESC LIMIT 1");

}  // namespace

std::vector<ReceiptRow> receipts(store::Connection& connection, RoomNum room) {
  return store::all(connection.query(kReceiptsOfRoom, room), kReceipt);
}

std::vector<ReceiptRow> receipts_of(store::Connection& connection, RoomNum room, std::string_view user_id) {
  return store::all(connection.query(kReceiptsOf, room, user_id), kReceipt);
}

std::vector<NotifyRow> notified_after(store::Connection& connection, std::string_view user_id, RoomNum room,
                                      StreamPos pos, std::size_t limit) {
  return store::all(connection.query(kNotifiedAfter, user_id, room, pos, static_cast<std::int64_t>(limit)), kNotify);
}

std::optional<ReceiptRow> find_receipt(store::Connection& connection, RoomNum room, std::string_view user_id,
                                       std::string_view kind, std::string_view thread) {
  return store::one(connection.query(kFindReceipt, room, user_id, kind, thread), kReceipt);
}

void put_receipt(store::Tx& tx, RoomNum room, const ReceiptRow& row) {
  store::run_insert(tx, kPutReceipt, kReceipt, row, room);
}

std::vector<AccountDataRow> account_data_since(store::Connection& connection, std::string_view user_id, StreamPos since,
                                               StreamPos upto) {
  return store::all(connection.query(kAccountDataSince, user_id, since, upto), kAccountData);
}

std::vector<AccountDataRow> account_data_of_room(store::Connection& connection, std::string_view user_id,
                                                 RoomNum room) {
  return store::all(connection.query(kAccountDataOfRoom, user_id, room), kAccountData);
}

std::optional<AccountDataRow> find_account_data(store::Connection& connection, std::string_view user_id, RoomNum room,
                                                std::string_view type) {
  return store::one(connection.query(kFindAccountData, user_id, room, type), kAccountData);
}

void put_account_data(store::Tx& tx, std::string_view user_id, const AccountDataRow& row,
                      const std::optional<AccountDataRow>& before) {
  store::run_insert(tx, kPutAccountData, kAccountData, row, user_id);
  const auto grown =
      static_cast<std::int64_t>(row.content.size()) - static_cast<std::int64_t>(before ? before->content.size() : 0);
  tx.run(kAddAccountDataUsage, user_id, grown, before ? 0 : 1);
}

AccountDataUsage account_data_usage(store::Connection& connection, std::string_view user_id) {
  return store::one(connection.query(kAccountDataUsage, user_id), kUsage).value_or(AccountDataUsage());
}

std::optional<std::string> find_filter(store::Connection& connection, std::string_view user_id,
                                       std::int64_t filter_id) {
  return store::value<std::string>(connection.query(kFindFilter, user_id, filter_id));
}

std::optional<std::int64_t> find_equal_filter(store::Connection& connection, std::string_view user_id,
                                              std::string_view content) {
  return store::value<std::int64_t>(connection.query(kFindEqualFilter, user_id, content));
}

std::int64_t next_filter_id(store::Connection& connection, std::string_view user_id) {
  return store::number(connection.query(kNextFilterId, user_id));
}

void insert_filter(store::Tx& tx, std::string_view user_id, std::int64_t filter_id, std::string_view content) {
  tx.run(kInsertFilter, user_id, filter_id, content);
}

std::vector<UnreadRow> unread_rows(store::Connection& connection, RoomNum room, StreamPos after, StreamPos upto,
                                   std::string_view user_id, std::size_t limit) {
  return store::all(connection.query(kUnread, room, after, upto, user_id, static_cast<std::int64_t>(limit)),
                    kUnreadRow);
}

std::vector<RelationRow> relations(store::Connection& connection, StreamPos parent, std::string_view rel_type,
                                   std::string_view type, StreamPos after, StreamPos upto, std::size_t limit,
                                   bool newest_first) {
  const std::string_view query = newest_first ? std::string_view(kRelationsDown) : kRelationsUp;
  return store::all(connection.query(query, parent, rel_type, type, after, upto, static_cast<std::int64_t>(limit)),
                    kRelation);
}

std::int64_t count_relations(store::Connection& connection, StreamPos parent, std::string_view rel_type,
                             StreamPos after, StreamPos upto) {
  return store::number(connection.query(kCountRelations, parent, rel_type, after, upto));
}

std::vector<RelationsOf> count_relations_by_sender(store::Connection& connection, StreamPos parent,
                                                   std::string_view rel_type, StreamPos after, StreamPos upto) {
  std::vector<RelationsOf> found;
  auto rows = connection.query(kCountRelationsBySender, parent, rel_type, after, upto);
  while (rows.next()) {
    auto& [sender, count] = found.emplace_back();
    rows >> sender >> count;
  }
  return found;
}

bool has_relation_by(store::Connection& connection, StreamPos parent, std::string_view rel_type,
                     std::string_view sender, StreamPos upto) {
  return store::any(connection.query(kHasRelationBy, parent, rel_type, sender, upto));
}

std::vector<StreamPos> thread_answers(store::Connection& connection, RoomNum room, StreamPos before,
                                      std::size_t limit) {
  return store::values<StreamPos>(connection.query(kThreadAnswers, room, before, static_cast<std::int64_t>(limit)));
}

std::optional<TimedEvent> first_after(store::Connection& connection, RoomNum room, StreamPos pos) {
  return store::one(connection.query(kFirstAfter, room, pos), kTimed);
}

std::optional<TimedEvent> last_upto(store::Connection& connection, RoomNum room, StreamPos pos) {
  return store::one(connection.query(kLastUpto, room, pos), kTimed);
}

}  // namespace troupe::homeserver::reading_store
