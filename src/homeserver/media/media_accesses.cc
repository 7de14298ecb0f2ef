#include "homeserver/media/media_accesses.h"

#include <algorithm>
#include <vector>

#include "homeserver/media/moderation_store.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::media {

void MediaAccesses::note(const MediaRow& row) {
  const auto now = clock_.unix_ms();
  if (row.last_access_ms && now - *row.last_access_ms < std::chrono::milliseconds(kGrain).count()) return;
  const base::Lock lock(mutex_);
  if (pending_.size() < kMaxPending) pending_.try_emplace(row.media_id, now);
}

Task<Unit> MediaAccesses::write() {
  std::vector<std::pair<std::string, base::UnixMs>> noted;
  {
    const base::Lock lock(mutex_);
    noted.assign(pending_.begin(), pending_.end());
    pending_.clear();
  }
  for (std::size_t from = 0; from < noted.size(); from += store::kPiece) {
    const auto end = std::min(from + store::kPiece, noted.size());
    auto write = [&](store::Tx& tx) -> Result<Unit> {
      for (auto i = from; i < end; ++i) moderation_store::note_access(tx, noted[i].first, noted[i].second);
      return Unit{};
    };
    CO_TRY(co_await db_.write(write, {.lane = store::Lane::bulk}));
  }
  co_return Unit{};
}

}  // namespace troupe::homeserver::media
