#include "store/format.h"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

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
constexpr const char* kReserve =
    "UPDATE stream SET head = reserved, reserved = reserved + ?1 WHERE id = 1 RETURNING head, reserved";

std::string find_meta(Connection& connection, std::string_view key) {
  auto rows = connection.query(kFindMeta, key);
  return rows.next() ? rows.string(0) : std::string();
}

Error not_ours(const std::string& name) {
  return Error(Errc::conflict,
               fmt::format("{} is not a Troupe database. Name another data directory, or move the file away.", name));
}

Result<Unit> inspect(Connection& connection, const std::string& name) {
  {
    auto rows = connection.query(kCountTables);
    if (!rows.next() || rows.integer(0) == 0) return Unit{};  // new
    if (rows.integer(1) == 0) return not_ours(name);
  }
  return check_format(connection, name);
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
  std::error_code failed;
  const auto bytes = std::filesystem::file_size(file, failed);
  if (failed || bytes == 0) return Unit{};
  try {
    OwnConnection connection(std::make_unique<SqliteConnection>(file, Use::reader));
    return inspect(connection, file.string());
  } catch (const SqlError& error) {
    if (std::string_view(error.what()).find("file is not a database") != std::string_view::npos)
      return not_ours(file.string());
    return Error(Errc::unavailable, fmt::format("{} cannot be read: {}", file.string(), error.what()));
  }
}

StreamStart prepare_format(WriteTx& tx) {
  {
    auto mode = tx.query("PRAGMA journal_mode");
    if (!mode.next() || mode.text(0) != "wal") {
      throw SqlError("this file system cannot hold a write-ahead log (network drive?)", false);
    }
  }
  tx.run("BEGIN IMMEDIATE");
  tx.script(kCreate);
  put_format(tx);
  StreamStart start{};
  {
    auto rows = tx.query(kReserve, kReservedBlock);
    if (!rows.next()) throw SqlError("the stream row is missing", false);
    start = {rows.integer(0), rows.integer(1)};
    rows.next();
  }
  tx.run("COMMIT");
  return start;
}

}  // namespace troupe::store
