// Tidying a table in pieces that hold nobody up.
#pragma once
#include "base/task.h"
#include "store/database.h"

namespace troupe::store {

/// Rows that one piece looks at or deletes.
inline constexpr std::size_t kPiece = 500;

/// Runs `piece` (a callable of Tx& that deletes or changes at most kPiece rows and yields how many) in writes of their
/// own, in the bulk lane, until one finds fewer. Errors: as Database::write.
template <class F>
Task<Unit> write_in_pieces(Database& db, F piece) {
  auto once = [&piece](Tx& tx) -> Result<std::size_t> { return static_cast<std::size_t>(piece(tx)); };
  for (;;) {
    CO_TRY(const auto done, co_await db.write(once, {.lane = Lane::bulk, .savepoint = false}));
    if (done < kPiece) co_return Unit{};
  }
}

}  // namespace troupe::store
