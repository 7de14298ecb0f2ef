// What the database file says about itself: its format, the oldest program that may open it, and the stream of
// positions.
#pragma once
#include <filesystem>
#include <string>

#include "base/result.h"
#include "store/sqlite_connection.h"

namespace troupe::store {

/// Refuses, before anything is written, a file that is no Troupe database or that a newer program owns.
/// Errors: conflict, unavailable (cannot be read).
Result<Unit> inspect_format(const std::filesystem::path& file);

/// Refuses a database that a newer program owns, or whose store_meta makes no sense. `name` is what messages call it.
/// Errors: conflict. Throws SqlError.
Result<Unit> check_format(Connection& connection, const std::string& name);
/// Says which format this is, unless the database says so already. Throws SqlError.
void put_format(Connection& connection);

/// The stream row after it has been moved on to a fresh block.
struct StreamStart {
  StreamPos head;
  StreamPos reserved;
};

/// How many positions a start leaves out, and notes the time of this start in store_meta. A database may be a copy that
/// was restored, and what was written after the copy was made has used the positions behind it: sync tokens, look-up
/// files and clients remember those. More than kPositionsPerSecond were never used, and no more time than since the
/// copy's last start has passed; so many are left out. Nothing for a new database. Wall clock: one that was set back
/// leaves out nothing, one that runs ahead some more. Throws SqlError.
StreamPos skipped_positions(Connection& connection, bool is_new, std::int64_t now_ms);
inline constexpr StreamPos kPositionsPerSecond = 100'000;

/// Makes the store's own tables when they are missing and durably reserves the next block of positions. The new head
/// lies behind the block reserved before, whether or not the last stop was clean, and behind what a lost later state of
/// this database can have used: no position is ever used twice. Throws SqlError.
StreamStart prepare_format(WriteTx& tx, std::int64_t now_ms);

}  // namespace troupe::store
