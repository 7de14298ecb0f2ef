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

/// Makes the store's own tables when they are missing and durably reserves the next block of positions. The new head is
/// the end of the block reserved before, whether or not the last stop was clean: no position is ever used twice.
/// Throws SqlError.
StreamStart prepare_format(WriteTx& tx);

}  // namespace troupe::store
