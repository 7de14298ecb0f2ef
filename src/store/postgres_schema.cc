#include "store/postgres_schema.h"

#include <fmt/format.h>

#include "store/columns.h"
#include "store/format.h"
#include "store/postgres_connection.h"

namespace troupe::store {
namespace {

/// Held while tables are made: CREATE … IF NOT EXISTS of two processes at once may fail.
constexpr const char* kLock = "SELECT 1 FROM (SELECT pg_advisory_xact_lock(8390472019)) locked";
constexpr const char* kTables =
    "SELECT COUNT(*), COUNT(CASE WHEN tablename = 'store_meta' THEN 1 END) FROM pg_tables "
    "WHERE schemaname = current_schema()";
constexpr const char* kFindSchema = "SELECT 1 FROM pg_namespace WHERE nspname = LOWER(?1)";
constexpr const char* kHasSchema = "SELECT current_schema() IS NOT NULL";
constexpr const char* kCreateOwnTables =
    "CREATE TABLE IF NOT EXISTS store_meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);"
    // The one row that every batch locks first: it puts the commits of all processes in one order.
    "CREATE TABLE IF NOT EXISTS stream(id INTEGER PRIMARY KEY CHECK (id = 1), head INTEGER NOT NULL,"
    " reserved INTEGER NOT NULL, notes INTEGER NOT NULL, pruned INTEGER NOT NULL, writers INTEGER NOT NULL,"
    " schema_changes INTEGER NOT NULL DEFAULT 0)"
    " WITH (fillfactor = 20);"
    "INSERT INTO stream(id, head, reserved, notes, pruned, writers) VALUES (1, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING;"
    // The last batch that each process committed: tells a process that lost its connection what became of its commit.
    "CREATE TABLE IF NOT EXISTS stream_writer(writer INTEGER PRIMARY KEY, batch INTEGER NOT NULL,"
    " seen_ms INTEGER NOT NULL) WITH (fillfactor = 20);"
    "CREATE TABLE IF NOT EXISTS stream_note(note INTEGER PRIMARY KEY, writer INTEGER NOT NULL, topic TEXT NOT NULL,"
    " bytes BLOB NOT NULL, made_ms INTEGER NOT NULL);";
// Databases of 0.1 have no such column. Asked first: ALTER would make every other process wait.
constexpr const char* kCountsChanges =
    "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('stream') AND attname = 'schema_changes'";
constexpr const char* kCountChanges = "ALTER TABLE stream ADD COLUMN schema_changes INTEGER NOT NULL DEFAULT 0";
constexpr const char* kIsNewSchema = "SELECT 1 FROM stream WHERE id = 1 AND reserved = 0";
constexpr const char* kStart =
    "UPDATE stream SET head = reserved + ?2, reserved = reserved + ?2 + ?1, writers = writers + 1 WHERE id = 1 "
    "RETURNING head, reserved, notes, writers";

std::unique_ptr<OwnConnection> connect(const PostgresUrl& url) {
  return std::make_unique<OwnConnection>(std::make_unique<PostgresConnection>(url, Use::writer, "troupe start"));
}

PostgresConnection& postgres(OwnConnection& connection) { return static_cast<PostgresConnection&>(connection.impl()); }

/// Is there anything here that is not ours?
Result<Unit> check_owner(OwnConnection& connection, const PostgresUrl& url) {
  if (number(connection.query(kHasSchema)) == 0) {
    return Error(Errc::unavailable,
                 fmt::format("The database {} gives this user no schema to put tables into.", url.shown));
  }
  {
    auto rows = connection.query(kTables);
    if (!rows.next() || rows.take<std::int64_t>() == 0) return Unit{};  // new
    if (rows.take<std::int64_t>() == 0) {
      return Error(Errc::conflict,
                   fmt::format("The database {} holds tables of something else. Name an empty database, or give Troupe "
                               "a schema of its own with ?schema=troupe at the end of the address.",
                               url.shown));
    }
  }
  return check_format(connection, url.shown);
}

Result<PostgresStart> prepare(OwnConnection& connection, const PostgresUrl& url, std::int64_t now_ms) {
  auto& pg = postgres(connection);
  pg.begin("BEGIN");
  {
    auto locked = connection.query(kLock);
    locked.next();
  }
  if (!url.schema.empty()) {
    auto found = connection.query(kFindSchema, url.schema);
    if (!found.next()) pg.script("CREATE SCHEMA " + url.schema);  // IF NOT EXISTS would ask for the right all the same
  }
  TRY(check_owner(connection, url));
  pg.script(kCreateOwnTables);
  put_format(connection);
  bool counts_changes = false;
  {
    auto rows = connection.query(kCountsChanges);
    counts_changes = rows.next();
  }
  if (!counts_changes) pg.script(kCountChanges);
  {  // whoever writes now moves `reserved`: wait for it, then nobody does
    auto rows = connection.query("SELECT 1 FROM stream WHERE id = 1 FOR UPDATE");
    rows.next();
  }
  const bool is_new = any(connection.query(kIsNewSchema));
  const auto skipped = skipped_positions(connection, is_new, now_ms);
  PostgresStart start;
  {
    auto rows = connection.query(kStart, kReservedBlock, skipped);
    if (!rows.next()) throw SqlError("the stream row is missing", false);
    rows >> start.head >> start.reserved >> start.notes >> start.writer;
  }
  pg.commit();
  return start;
}

}  // namespace

Result<PostgresStart> prepare_postgres(const PostgresUrl& url, std::int64_t now_ms) {
  try {
    auto connection = connect(url);
    return prepare(*connection, url, now_ms);
  } catch (const SqlError& error) {
    return Error(Errc::unavailable, fmt::format("The database {} cannot be opened: {}", url.shown, error.what()));
  }
}

Result<Unit> run_in_postgres_schema(std::string_view text, std::string_view sql) {
  TRY(auto url, PostgresUrl::parse(text));
  try {
    connect(url)->script(sql);
    return Unit{};
  } catch (const SqlError& error) {
    return to_error(error);
  }
}

Result<Unit> drop_postgres_schema(std::string_view text) {
  TRY(auto url, PostgresUrl::parse(text));
  if (url.schema.empty()) return Error(Errc::internal, "The address names no schema.");
  return run_in_postgres_schema(text, "DROP SCHEMA IF EXISTS " + url.schema + " CASCADE");
}

}  // namespace troupe::store
