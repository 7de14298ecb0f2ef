#include "store/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "store/columns.h"

namespace troupe::store {
namespace {

/// Raised when an older program could no longer read what this one writes.
constexpr std::int64_t kFormat = 1;
/// The oldest program that may open a database of this format.
constexpr const char* kOldestProgram = "0.1.0";

constexpr const char* kCountTables = "SELECT count(*), sum(name = 'store_meta') FROM sqlite_schema";
constexpr const char* kFindMeta = "SELECT value FROM store_meta WHERE key = ?1";
constexpr const char* kPutMeta = "INSERT INTO store_meta(key, value) VALUES (?1, ?2) ON CONFLICT(key) DO NOTHING";
constexpr const char* kCreate =
    "CREATE TABLE IF NOT EXISTS store_meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS stream(id INTEGER PRIMARY KEY CHECK (id = 1), head INTEGER NOT NULL,"
    " reserved INTEGER NOT NULL);"
    "INSERT INTO stream(id, head, reserved) VALUES (1, 0, 0) ON CONFLICT(id) DO NOTHING;";
constexpr const char* kIsNew = "SELECT 1 FROM stream WHERE id = 1 AND reserved = 0";
constexpr const char* kReserve =
    "UPDATE stream SET head = reserved + ?2, reserved = reserved + ?2 + ?1 WHERE id = 1 RETURNING head, reserved";
constexpr const char* kPutStarted =
    "INSERT INTO store_meta(key, value) VALUES ('started_ms', ?1) ON CONFLICT(key) DO UPDATE SET value = "
    "excluded.value";
/// Of a database whose last start noted no time (made before 0.2), and at most for any: a broken clock must not use the
/// positions up.
constexpr std::int64_t kUnknownAgeMs = 24LL * 3600 * 1000;
constexpr std::int64_t kGreatestAgeMs = 10LL * 365 * 24 * 3600 * 1000;

std::string find_meta(Connection& connection, std::string_view key) {
  return value<std::string>(connection.query(kFindMeta, key)).value_or("");
}

Error not_ours(const std::string& name) {
  return Error(Errc::conflict,
               fmt::format("{} is not a Troupe database. Name another data directory, or move the file away.", name));
}

Result<Unit> inspect(Connection& connection, const std::string& name) {
  {
    auto rows = connection.query(kCountTables);
    if (!rows.next() || rows.take<std::int64_t>() == 0) return Unit{};  // new
    if (rows.take<std::int64_t>() == 0) return not_ours(name);
  }
  return check_format(connection, name);
}

std::uint64_t file_bytes(const std::filesystem::path& file) {
  std::error_code failed;
  const auto bytes = std::filesystem::file_size(file, failed);
  return failed ? 0 : bytes;
}

/// SQLite takes half a page at the end of a file for a whole one and reads zeros behind it. The order matters beside a
/// running server: what was in a log that is empty now is in the file.
Result<Unit> check_end(Connection& connection, const std::filesystem::path& file) {
  const auto pages = value<std::uint64_t>(connection.query("PRAGMA page_count")).value_or(0);
  const auto page_bytes = value<std::uint64_t>(connection.query("PRAGMA page_size")).value_or(0);
  if (file_bytes(file.string() + "-wal") > 0 || file_bytes(file) >= pages * page_bytes) return Unit{};
  return Error(Errc::unavailable, fmt::format("{} has lost its end: it is {} bytes long and should be {}. Put it back "
                                              "from a backup.",
                                              file.string(), file_bytes(file), pages * page_bytes));
}

}  // namespace

Result<Unit> check_format(Connection& connection, const std::string& name) {
  const auto text = find_meta(connection, "format");
  std::int64_t format = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), format);
  if (failed != std::errc() || end != text.data() + text.size()) return not_ours(name);
  if (format > kFormat) {
    return Error(Errc::conflict,
                 fmt::format("{} was written by a newer Troupe (format {}, this program knows {}). Start Troupe {} or "
                             "newer, or restore a backup that this version made.",
                             name, format, kFormat, find_meta(connection, "oldest_program")));
  }
  return Unit{};
}

void put_format(Connection& connection) {
  connection.run(kPutMeta, "format", std::to_string(kFormat));
  connection.run(kPutMeta, "oldest_program", kOldestProgram);
}

Result<Unit> inspect_format(const std::filesystem::path& file) {
  if (file_bytes(file) == 0) return Unit{};
  try {
    OwnConnection connection(std::make_unique<SqliteConnection>(file, Use::reader));
    TRY(inspect(connection, file.string()));
    return check_end(connection, file);
  } catch (const SqlError& error) {
    if (std::string_view(error.what()).find("file is not a database") != std::string_view::npos)
      return not_ours(file.string());
    return Error(Errc::unavailable, fmt::format("{} cannot be read: {}", file.string(), error.what()));
  }
}

StreamPos skipped_positions(Connection& connection, bool is_new, std::int64_t now_ms) {
  const auto text = find_meta(connection, "started_ms");
  std::int64_t started_ms = 0;
  const bool known = std::from_chars(text.data(), text.data() + text.size(), started_ms).ec == std::errc();
  connection.run(kPutStarted, std::to_string(now_ms));
  if (is_new) return 0;
  const auto age_ms = known ? std::clamp<std::int64_t>(now_ms - started_ms, 0, kGreatestAgeMs) : kUnknownAgeMs;
  return age_ms * (kPositionsPerSecond / 1000);
}

StreamStart prepare_format(WriteTx& tx, std::int64_t now_ms) {
  if (value<std::string>(tx.query("PRAGMA journal_mode")) != "wal") {
    throw SqlError("this file system cannot hold a write-ahead log (network drive?)", false);
  }
  tx.run("BEGIN IMMEDIATE");
  tx.script(kCreate);
  put_format(tx);
  const bool is_new = any(tx.query(kIsNew));
  const auto skipped = skipped_positions(tx, is_new, now_ms);
  StreamStart start{};
  {
    auto rows = tx.query(kReserve, kReservedBlock, skipped);
    if (!rows.next()) throw SqlError("the stream row is missing", false);
    rows >> start.head >> start.reserved;
    rows.next();
  }
  tx.run("COMMIT");
  return start;
}

}  // namespace troupe::store
