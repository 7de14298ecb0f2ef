// Deleting what is no longer kept, in pieces that hold nobody up.
#pragma once
#include "base/task.h"
#include "store/database.h"

namespace troupe::identity {

/// Rows deleted in one write.
inline constexpr std::int64_t kSweepAtOnce = 500;

/// Runs `piece` (std::int64_t(store::Tx&): deletes at most kSweepAtOnce rows, yields how many) in writes of their own,
/// in the bulk lane, until there is nothing left to delete.
template <class F>
Task<Unit> sweep_in_pieces(store::Database& db, F piece) {
  auto once = [&piece](store::Tx& tx) -> Result<std::int64_t> { return piece(tx); };
  for (;;) {
    CO_TRY(const auto gone, co_await db.write(once, {.lane = store::Lane::bulk}));
    if (gone < kSweepAtOnce) co_return Unit{};
  }
}

}  // namespace troupe::identity
