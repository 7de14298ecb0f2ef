#include "homeserver/admin/room_sizes.h"

namespace troupe::homeserver::admin {

Task<std::size_t> RoomSizes::look_on() {
  struct Piece {
    StreamPos from = 0;
    room_size_store::Sums sums;
  };
  const auto head = db_.head();  // before the snapshot: it holds everything up to here
  auto look = [this, head](store::Connection& connection) -> Result<Piece> {
    Piece piece{.from = room_size_store::upto(connection), .sums = {}};
    piece.sums = room_size_store::sums_after(connection, piece.from, head, bounds_.at_once);
    return piece;
  };
  CO_TRY(const auto piece, co_await db_.read(look));
  if (piece.sums.events == 0) co_return std::size_t{0};
  auto write = [&piece](store::Tx& tx) -> Result<Unit> {
    // Where somebody else has added these meanwhile, or removed some, the next look is another one.
    room_size_store::add(tx, piece.sums, piece.from);
    return Unit{};
  };
  CO_TRY(co_await db_.write(write, {.lane = store::Lane::bulk}));
  co_return piece.sums.events;
}

Task<std::vector<RoomSize>> RoomSizes::largest(std::size_t limit) {
  for (std::size_t looked_at = 0; looked_at < bounds_.in_all;) {
    CO_TRY(const auto events, co_await look_on());
    if (events < bounds_.at_once) break;
    looked_at += events;
  }
  auto read = [limit](store::Connection& connection) -> Result<std::vector<RoomSize>> {
    return room_size_store::largest(connection, limit);
  };
  co_return co_await db_.read(read);
}

}  // namespace troupe::homeserver::admin
