// Going over a table in the order of its key, for sweeps that cannot ask an index which rows are due.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/common/mark_store.h"
#include "store/in_pieces.h"

namespace troupe::homeserver {

/// Pieces that one walk looks at: the next one goes on where it ended.
inline constexpr std::size_t kWalkPieces = 100;

/// What was found among the next store::kPiece rows.
template <class Row>
struct WalkPiece {
  std::vector<Row> due;
  std::string last;      ///< key of the last row that was looked at, as `look` understands it; never empty
  std::size_t seen = 0;  ///< rows that were looked at: fewer than store::kPiece at the end of the table
};

/// Reads the rows after the one that `mark` (of hs_mark) names, a piece at a time, each in a read of its own:
/// `look(store::Connection&, const std::string& after)` yields a WalkPiece, "" being the beginning. What is due is
/// given to `change(store::Tx&, const Row&)`, Result<Unit>, in a write that notes the place too, so that a restart goes
/// on there; the change must look again whether the row is still due. Ends with the table, or after kWalkPieces. Writes
/// nothing when nothing is due and the place has not moved. Errors: as Database::read and write, and those of `change`.
template <class Look, class Change>
Task<Unit> walk(store::Database& db, std::string_view mark, Look look, Change change) {
  auto begin = [mark](store::Connection& connection) -> Result<std::string> {
    return mark_store::find(connection, mark);
  };
  CO_TRY(auto noted, co_await db.read(begin));
  auto after = noted;
  for (std::size_t round = 1; round <= kWalkPieces; ++round) {
    using Piece = std::invoke_result_t<Look&, store::Connection&, const std::string&>;
    auto read = [&](store::Connection& connection) -> Result<Piece> { return look(connection, after); };
    CO_TRY(const auto piece, co_await db.read(read));
    const bool ended = piece.seen < store::kPiece;
    after = ended ? std::string() : piece.last;
    const bool leaving = ended || round == kWalkPieces;
    if (!piece.due.empty() || (leaving && after != noted)) {
      auto write = [&](store::Tx& tx) -> Result<Unit> {
        for (const auto& row : piece.due) {
          TRY(change(tx, row));
        }
        mark_store::put(tx, mark, after);
        return Unit{};
      };
      CO_TRY(co_await db.write(write, {.lane = store::Lane::bulk, .savepoint = true}));
      noted = after;
    }
    if (ended) co_return Unit{};
  }
  co_return Unit{};
}

}  // namespace troupe::homeserver
