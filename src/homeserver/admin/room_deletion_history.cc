// Removing a room's history before a point: messages go, state stays.
#include "homeserver/admin/room_deletion.h"

#include <algorithm>

#include "base/crypto.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::admin {
namespace {

constexpr store::WriteOptions kInBulk{.lane = store::Lane::bulk, .savepoint = true};
constexpr std::size_t kPurgeIdLength = 24;

StreamPos before_of(const DeletionRow& row) { return matrix::find_integer(row.request, "before").value_or(0); }

}  // namespace

Task<std::string> RoomDeletion::start_history(std::string room_id, StreamPos before, bool local_events) {
  DeletionRow row{.delete_id = base::random_alphanumeric(kPurgeIdLength),
                  .kind = DeletionKind::history,
                  .room_id = room_id,
                  .request = {{"before", before}, {"local_events", local_events}},
                  .result = {},
                  .made_ms = parts_.clock.unix_ms()};
  auto note = [&](store::Tx& tx) -> Result<Unit> {
    const auto others = deletion_store::of_room(tx, DeletionKind::history, room_id);
    if (std::ranges::any_of(others, [](const DeletionRow& other) { return !other.ended(); })) {
      return Error(Errc::invalid_param, "History purge already in progress for " + room_id).with_wire_code("M_UNKNOWN");
    }
    deletion_store::insert(tx, row);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(note, {.lane = store::Lane::send, .savepoint = true}));
  co_return std::move(row.delete_id);
}

Task<PurgeState> RoomDeletion::history_state(std::string purge_id) {
  auto read = [&](store::Connection& connection) -> Result<PurgeState> {
    const auto row = deletion_store::find(connection, purge_id);
    if (!row || row->kind != DeletionKind::history)
      return Error(Errc::not_found, "purge id '" + purge_id.substr(0, 64) + "' not found");
    PurgeState state;
    state.status = kDeletionWords[static_cast<std::size_t>(row->ended() ? row->status : DeletionStatus::active)];
    if (const auto error = matrix::find_string(row->result, "error")) state.error = std::string(*error);
    return state;
  };
  co_return co_await parts_.db.read(read);
}

Task<Unit> RoomDeletion::purge_history(DeletionRow row) {
  // What came from other servers could be had again; all that is here was said here.
  if (!matrix::find_bool(row.request, "local_events").value_or(false)) co_return Unit{};
  auto look = [&](store::Connection& connection) -> Result<memory::RoomNum> {
    const auto found = memory::event_store::find_room(connection, row.room_id);
    return found ? found->room : 0;
  };
  CO_TRY(const auto room, co_await parts_.db.read(look));
  if (room == 0) co_return Unit{};  // deleted meanwhile
  const auto before = before_of(row);
  StreamPos after = 0;
  auto events = [&](store::Tx& tx) -> Result<deletion_store::HistoryPiece> {
    return deletion_store::sweep_history(tx, search::engine_of(parts_.db), room, after, before, store::kPiece);
  };
  for (;;) {
    CO_TRY(const auto piece, co_await parts_.db.write(events, kInBulk));
    after = piece.swept_upto;
    if (piece.rows < store::kPiece) break;
  }
  CO_TRY(co_await store::write_in_pieces(
      parts_.db, [&](store::Tx& tx) { return deletion_store::sweep_past_relations(tx, room, before, store::kPiece); }));
  CO_TRY(co_await parts_.service.warm(row.room_id));
  auto finish = [&](store::Tx& tx) -> Result<Unit> {
    auto opened = parts_.rooms.open(tx, row.room_id);
    if (opened) parts_.rooms.forget_history(tx, *opened, before);
    if (!opened && opened.error().code() != Errc::not_found) return std::unexpected(opened.error());
    return Unit{};
  };
  co_return co_await parts_.db.write(finish, kInBulk);
}

}  // namespace troupe::homeserver::admin
