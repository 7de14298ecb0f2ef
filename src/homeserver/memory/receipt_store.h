// SQL for receipts.
// All throw store::SqlError only.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/memory/event_store.h"

namespace troupe::homeserver::memory::receipt_store {

struct ReceiptRow {
  std::string user_id;
  std::string kind;    ///< m.read, m.read.private
  std::string thread;  ///< empty: not threaded; "main" or a root's event id
  std::string event_id;
  StreamPos event_pos = 0;
  std::int64_t ts_ms = 0;
  StreamPos pos = 0;
};
/// All receipts of a room.
std::vector<ReceiptRow> receipts(store::Connection&, RoomNum room);
std::optional<ReceiptRow> find_receipt(store::Connection&, RoomNum room, std::string_view user_id,
                                       std::string_view kind, std::string_view thread);
void put_receipt(store::Tx&, RoomNum room, const ReceiptRow& row);

/// Of one user in one room.
std::vector<ReceiptRow> receipts_of(store::Connection&, RoomNum room, std::string_view user_id);

}  // namespace troupe::homeserver::memory::receipt_store
