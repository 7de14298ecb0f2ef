// A data folder whose database has gone: a server does not begin anew over it.
#pragma once
#include <filesystem>

#include "base/result.h"

namespace troupe::app {

/// Before the SQLite database is opened. `instance` is what a server leaves in its folder once its database is there: a
/// database without tables beside it was lost (cut to nothing, not restored, its write-ahead log forgotten in a copy).
/// A server that began anew there would answer every client M_UNKNOWN_TOKEN, and clients throw their keys away for
/// that. Error: conflict.
Result<Unit> check_database_is_there(const std::filesystem::path& database, const std::filesystem::path& instance);

}  // namespace troupe::app
