#include "store/inspection.h"

#include <fmt/format.h>

#include <atomic>
#include <functional>
#include <semaphore>
#include <thread>

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

/// Calls `ring` on a thread of its own after so long, unless it ends before.
class Alarm {
 public:
  Alarm(std::chrono::milliseconds after, std::function<void()> ring)
      : thread_([this, after, ring = std::move(ring)] {
          if (!ended_.try_acquire_for(after)) ring();
        }) {}
  ~Alarm() { ended_.release(); }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

 private:
  std::binary_semaphore ended_{0};
  std::jthread thread_;  // last: it uses the other
};

}  // namespace

Result<Inspection> inspect_database(const std::filesystem::path& file, const std::string& url) {
  return url.empty() ? inspect_sqlite(file) : inspect_postgres(url);
}

Result<PageCheck> check_pages(const std::filesystem::path& file, std::chrono::milliseconds patience) {
  PageCheck found;
  if (size_of(file) == 0) return found;
  std::atomic<bool> is_over = false;
  try {
    auto opened = std::make_unique<SqliteConnection>(file, Use::reader);
    auto* db = opened->db();
    OwnConnection connection(std::move(opened));
    // The walk through the pages asks no progress handler in this version of SQLite, but it can be interrupted.
    const Alarm alarm(patience, [db, &is_over] {
      is_over = true;
      sqlite3_interrupt(db);
    });
    const auto said = value<std::string>(connection.query("PRAGMA quick_check(1)")).value_or("");
    if (said != "ok" && !is_over) found.damage = said;
    found.complete = !is_over;
  } catch (const SqlError& error) {
    if (error.state() == kDataCorrupted) {
      found.damage = error.what();
    } else if (is_over) {
      found.complete = false;
    } else {
      return Error(Errc::unavailable, fmt::format("{} cannot be read: {}", file.string(), error.what()));
    }
  }
  return found;
}

}  // namespace troupe::store
