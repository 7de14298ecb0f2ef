// A database as it is seen from outside the program that owns it: for `troupe doctor` and `troupe backup list`.
#pragma once
#include <chrono>
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

struct PageCheck {
  std::string damage;    ///< what is wrong first; empty: nothing was found
  bool complete = true;  ///< every page was looked at; else the time was up
};

/// Whether the pages of a SQLite file fit together (PRAGMA quick_check), beside a running server or without one; a
/// large file is looked at for so long only. Errors: unavailable (cannot be opened).
Result<PageCheck> check_pages(const std::filesystem::path& file,
                              std::chrono::milliseconds patience = std::chrono::seconds(20));

}  // namespace troupe::store
