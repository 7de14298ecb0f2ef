#include "store/inspection.h"

#include <fmt/format.h>

#include "store/columns.h"
#include "store/damage.h"
#include "store/format.h"
#include "store/postgres_connection.h"
#include "store/sqlite_connection.h"

namespace troupe::store {
namespace {

constexpr const char* kSchema = "SELECT module, number FROM schema_migrations ORDER BY module, number";
constexpr const char* kPostgresBytes = "SELECT pg_database_size(current_database())";
constexpr const char* kPostgresHasSchema = "SELECT 1 WHERE to_regclass('schema_migrations') IS NOT NULL";
constexpr const char* kSqliteHasSchema = "SELECT 1 FROM sqlite_master WHERE name = 'schema_migrations'";

void read_schema(Connection& connection, Inspection& into) {
  auto rows = connection.query(kSchema);
  while (rows.next()) {
    const auto module = rows.take<std::string>();
    rows >> into.schema[module];
  }
}

std::uint64_t size_of(const std::filesystem::path& file) {
  std::error_code failed;
  const auto bytes = std::filesystem::file_size(file, failed);
  return failed ? 0 : bytes;
}

Result<Inspection> inspect_sqlite(const std::filesystem::path& file) {
  Inspection found{.schema = {}, .bytes = size_of(file) + size_of(file.string() + "-wal")};
  if (size_of(file) == 0) return found;
  TRY(inspect_format(file));
  try {
    OwnConnection connection(std::make_unique<SqliteConnection>(file, Use::reader));
    if (connection.query(kSqliteHasSchema).next()) read_schema(connection, found);
  } catch (const SqlError& error) {
    return Error(Errc::unavailable, fmt::format("{} cannot be read: {}", file.string(), error.what()));
  }
  return found;
}

Result<Inspection> inspect_postgres(const std::string& text) {
  TRY(auto url, PostgresUrl::parse(text));
  Inspection found;
  try {
    OwnConnection connection(std::make_unique<PostgresConnection>(url, Use::reader, "troupe doctor"));
    found.bytes = value<std::uint64_t>(connection.query(kPostgresBytes)).value_or(0);
    if (connection.query(kPostgresHasSchema).next()) read_schema(connection, found);
  } catch (const SqlError& error) {
    return Error(Errc::unavailable, fmt::format("The database cannot be read: {}", error.what()));
  }
  return found;
}

}  // namespace

Result<Inspection> inspect_database(const std::filesystem::path& file, const std::string& url) {
  return url.empty() ? inspect_sqlite(file) : inspect_postgres(url);
}

Result<PageCheck> check_pages(const std::filesystem::path& file, std::chrono::milliseconds patience) {
  PageCheck found;
  if (size_of(file) == 0) return found;
  constexpr int kInstructions = 10'000;  // between two looks at the time
  const auto until = std::chrono::steady_clock::now() + patience;
  const auto over = [](void* until) -> int {
    return std::chrono::steady_clock::now() > *static_cast<const std::chrono::steady_clock::time_point*>(until) ? 1 : 0;
  };
  try {
    auto opened = std::make_unique<SqliteConnection>(file, Use::reader);
    sqlite3_progress_handler(opened->db(), kInstructions, over, const_cast<void*>(static_cast<const void*>(&until)));
    OwnConnection connection(std::move(opened));
    const auto said = value<std::string>(connection.query("PRAGMA quick_check(1)")).value_or("");
    if (said != "ok") found.damage = said;
  } catch (const SqlError& error) {
    if (error.state() == kDataCorrupted) {
      found.damage = error.what();
    } else if (std::chrono::steady_clock::now() > until) {
      found.complete = false;
    } else {
      return Error(Errc::unavailable, fmt::format("{} cannot be read: {}", file.string(), error.what()));
    }
  }
  return found;
}

}  // namespace troupe::store
