#include "homeserver/memory/receipt_store.h"

#include "store/words.h"

namespace troupe::homeserver::memory::receipt_store {
namespace {

using namespace store::words;

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

}  // namespace

std::vector<ReceiptRow> receipts(store::Connection& connection, RoomNum room) {
  return store::all(connection.query(kReceiptsOfRoom, room), kReceipt);
}

std::vector<ReceiptRow> receipts_of(store::Connection& connection, RoomNum room, std::string_view user_id) {
  return store::all(connection.query(kReceiptsOf, room, user_id), kReceipt);
}

std::optional<ReceiptRow> find_receipt(store::Connection& connection, RoomNum room, std::string_view user_id,
                                       std::string_view kind, std::string_view thread) {
  return store::one(connection.query(kFindReceipt, room, user_id, kind, thread), kReceipt);
}

void put_receipt(store::Tx& tx, RoomNum room, const ReceiptRow& row) {
  store::run_insert(tx, kPutReceipt, kReceipt, row, room);
}

}  // namespace troupe::homeserver::memory::receipt_store
