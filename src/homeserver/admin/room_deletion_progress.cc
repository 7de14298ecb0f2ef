// How far deletions of rooms are, and their end before the time.
#include "homeserver/admin/room_deletion.h"

namespace troupe::homeserver::admin {
namespace {

Error unknown_deletion(const std::string& delete_id) {
  return {Errc::not_found, "There is no deletion \"" + delete_id.substr(0, 64) + "\"."};
}

}  // namespace

Task<Unit> RoomDeletion::cancel(std::string delete_id) {
  CO_TRY(const auto row, co_await find(delete_id));
  CO_TRY(co_await parts_.service.warm(row.room_id));
  const auto at_ms = parts_.clock.unix_ms();
  auto note = [&](store::Tx& tx) -> Result<Unit> {
    auto now = deletion_store::find(tx, delete_id);
    if (!now) return unknown_deletion(delete_id);
    if (now->ended()) return Error(Errc::conflict, "This deletion has ended already.");
    const auto room = parts_.rooms.open(tx, now->room_id);
    if (!room && room.error().code() != Errc::not_found) return std::unexpected(room.error());
    if (!room && now->status == DeletionStatus::active) {
      return Error(Errc::conflict, "The room is gone already: what was in it is being removed.");
    }
    now->status = DeletionStatus::cancelled;
    deletion_store::update(tx, *now, at_ms);
    return Unit{};
  };
  co_return co_await parts_.db.write(note, {.lane = store::Lane::send, .savepoint = true});
}

Task<RoomDeletion::ProgressPage> RoomDeletion::progress(std::int64_t from, std::int64_t limit) {
  auto read = [from, limit](store::Connection& connection) -> Result<ProgressPage> {
    return ProgressPage{.deletions = deletion_store::progress(connection, from, limit),
                        .total = deletion_store::count_progress(connection)};
  };
  co_return co_await parts_.db.read(read);
}

Task<DeletionProgress> RoomDeletion::progress_of(std::string delete_id) {
  auto read = [&](store::Connection& connection) -> Result<DeletionProgress> {
    auto found = deletion_store::find_progress(connection, delete_id);
    if (!found) return unknown_deletion(delete_id);
    return *std::move(found);
  };
  co_return co_await parts_.db.read(read);
}

Task<std::int64_t> RoomDeletion::count_events(std::string room_id) {
  auto read = [&](store::Connection& connection) -> Result<std::int64_t> {
    const auto room = memory::event_store::find_room(connection, room_id);
    return room ? deletion_store::count_events(connection, room->room) : 0;
  };
  co_return co_await parts_.db.read(read);
}

}  // namespace troupe::homeserver::admin
