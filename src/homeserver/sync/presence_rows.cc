#include "homeserver/sync/presence_rows.h"

#include "store/in_pieces.h"

namespace troupe::homeserver::sync {

Task<Unit> restore_presence(store::Database& db, Presence& presence) {
  std::string after;
  for (std::size_t seen = 0; seen < Presence::kMaxUsers;) {
    auto look = [&](store::Connection& connection) -> Result<std::vector<PresenceRow>> {
      return presence_store::presence_after(connection, after, static_cast<std::int64_t>(store::kPiece));
    };
    CO_TRY(const auto rows, co_await db.read(look));
    presence.restore(rows);
    seen += rows.size();
    if (rows.size() < store::kPiece) break;
    after = rows.back().user_id;
  }
  co_return Unit{};
}

Task<Unit> save_presence(store::Database& db, Presence& presence) {
  for (;;) {
    const auto rows = presence.take_unsaved(store::kPiece);
    if (rows.empty()) co_return Unit{};
    auto write = [&](store::Tx& tx) -> Result<Unit> {
      for (const auto& row : rows) {
        if (row.presence == "offline" && row.status_msg.empty())
          presence_store::remove(tx, row.user_id);
        else
          presence_store::put(tx, row);
      }
      return Unit{};
    };
    auto written = co_await db.write(write, {.lane = store::Lane::bulk});
    if (written) continue;
    presence.not_saved(rows);
    co_return std::unexpected(std::move(written).error());
  }
}

}  // namespace troupe::homeserver::sync
