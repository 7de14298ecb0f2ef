// A database as it is seen from outside the program that owns it: for `troupe doctor` and `troupe backup list`.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace troupe::store {

struct Inspection {
  std::map<std::string, int, std::less<>> schema;  ///< each module's last migration
  std::uint64_t bytes = 0;                         ///< of the whole database, with its write-ahead log
};

/// Reads beside a running server or without one; writes nothing and takes no lock that anybody waits for. A file that
/// is not there holds nothing. `url` not empty: a PostgreSQL, and `file` is not used.
/// Errors: unavailable (cannot be reached or read), conflict and the like of a file that is none of ours.
Result<Inspection> inspect_database(const std::filesystem::path& file, const std::string& url);

}  // namespace troupe::store
