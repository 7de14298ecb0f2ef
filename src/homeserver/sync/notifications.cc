#include "homeserver/sync/notifications.h"

#include <charconv>

#include "homeserver/common/walk.h"
#include "homeserver/memory/receipt_store.h"
#include "homeserver/sync/history_store.h"
#include "homeserver/sync/receipts.h"

namespace troupe::homeserver::sync {
namespace {

using history_store::NotifyRow;

constexpr std::string_view kMark = "sweep.notifications";

/// "user room position": a user id holds no space.
std::string key_of(const NotifyRow& row) {
  return row.user_id + " " + std::to_string(row.room) + " " + std::to_string(row.pos);
}

NotifyRow row_of(std::string_view key) {
  NotifyRow row;
  const auto user_ends = key.find(' ');
  if (user_ends == key.npos) return row;
  row.user_id = key.substr(0, user_ends);
  const auto* end = key.data() + key.size();
  const auto room = std::from_chars(key.data() + user_ends + 1, end, row.room);
  if (room.ptr != end) std::from_chars(room.ptr + 1, end, row.pos);
  return row;
}

ReadFloors floors_of(store::Connection& connection, const NotifyRow& row) {
  ReadFloors floors;
  for (const auto& receipt : memory::receipt_store::receipts_of(connection, row.room, row.user_id)) {
    floors.raise(receipt.thread, receipt.event_pos);
  }
  return floors;
}

bool is_read(store::Connection& connection, const ReadFloors& floors, StreamPos pos) {
  if (pos <= floors.everything) return true;
  if (floors.main == 0 && floors.threads.empty()) return false;
  const auto event = memory::event_store::load_event(connection, pos);
  return event && floors.cover(pos, thread_of(*event));
}

/// A receipt never goes back, and who comes again is told of what comes then: what is due stays due.
WalkPiece<NotifyRow> look(store::Connection& connection, const std::string& after) {
  const auto from = row_of(after);
  const auto rows = history_store::notified_after(connection, from.user_id, from.room, from.pos, store::kPiece);
  WalkPiece<NotifyRow> piece{.due = {}, .last = {}, .seen = rows.size()};
  ReadFloors floors;
  const NotifyRow* before = nullptr;
  for (const auto& row : rows) {
    if (!before || before->user_id != row.user_id || before->room != row.room) floors = floors_of(connection, row);
    before = &row;
    const bool inside = row.membership == "join" || row.membership == "invite";
    if (!inside || is_read(connection, floors, row.pos)) piece.due.push_back(row);
  }
  if (before) piece.last = key_of(*before);
  return piece;
}

}  // namespace

Task<Unit> forget_read_notifications(store::Database& db) {
  auto remove = [](store::Tx& tx, const NotifyRow& row) -> Result<Unit> {
    memory::event_store::forget_notify(tx, row.user_id, row.room, row.pos);
    return Unit{};
  };
  co_return co_await walk(db, kMark, look, remove);
}

}  // namespace troupe::homeserver::sync
