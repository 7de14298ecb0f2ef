#include "homeserver/media/media_removal.h"

#include "base/log.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::media {

Task<std::vector<std::string>> MediaRemoval::remove(std::vector<std::string> media_ids) {
  const auto now = clock_.unix_ms();
  if (media_ids.size() > kMaxAtOnce) co_return Error(Errc::invalid_param, "So many files cannot be removed at once.");
  auto write = [&media_ids, now](store::Tx& tx) -> Result<std::vector<std::string>> {
    std::vector<std::string> removed;
    for (const auto& id : media_ids) {
      const auto row = media_store::find(tx, id);
      if (!row) continue;
      media_store::remove(tx, *row);
      removed.push_back(id);
      if (!row->sha256 || media_store::is_uploaded(tx, *row->sha256)) continue;
      for (const auto& picture : media_store::thumbnails(tx, *row->sha256))
        media_store::insert_leaving(tx, picture, now);
      media_store::delete_thumbnails(tx, *row->sha256);
      media_store::insert_leaving(tx, *row->sha256, now);
    }
    return removed;
  };
  CO_TRY(auto removed, co_await db_.write(write, {.lane = store::Lane::bulk, .savepoint = true}));
  if (auto freed = co_await free_disk(); !freed) {
    // The uploads are gone, and what they leave is written down: the job goes on with it.
    base::log_warning("homeserver", "files of removed uploads are still there", {{"reason", freed.error().message()}});
  }
  co_return removed;
}

Task<Unit> MediaRemoval::free_disk() {
  struct Piece {
    std::vector<std::string> unused, needed;
  };
  auto look = [](store::Connection& connection) -> Result<Piece> {
    Piece piece;
    for (auto& file : media_store::leaving(connection, store::kPiece))
      (media_store::is_spoken_of(connection, file) ? piece.needed : piece.unused).push_back(std::move(file));
    return piece;
  };
  CO_TRY(auto piece, co_await db_.read(look));
  std::vector<std::string> done = std::move(piece.needed);
  for (const auto& file : piece.unused) {
    auto gone = co_await files_.remove_unless_younger(file, kSettle);
    if (!gone) {
      // One file that cannot go holds up no other; it is tried again.
      base::log_warning("homeserver", "A file of a removed upload could not be removed.",
                        {{"sha256", file}, {"reason", gone.error().message() + " " + gone.error().detail()}});
    } else if (*gone) {
      done.push_back(file);
    }
  }
  if (done.empty()) co_return Unit{};
  auto note = [&done](store::Tx& tx) -> Result<Unit> {
    for (const auto& file : done) media_store::delete_leaving(tx, file);
    return Unit{};
  };
  co_return co_await db_.write(note, {.lane = store::Lane::bulk});
}

}  // namespace troupe::homeserver::media
