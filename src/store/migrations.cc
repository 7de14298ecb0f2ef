#include "store/migrations.h"

#include <fmt/format.h>

#include <map>
#include <string>

#include "base/crypto.h"
#include "base/encoding.h"

namespace troupe::store {
namespace {

constexpr const char* kCreateTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations(module TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL,"
    " sha256 TEXT NOT NULL, PRIMARY KEY (module, number))";
constexpr const char* kListApplied = "SELECT number, name, sha256 FROM schema_migrations WHERE module = ?1";
constexpr const char* kFindApplied = "SELECT 1 FROM schema_migrations WHERE module = ?1 AND number = ?2";
constexpr const char* kRecord = "INSERT INTO schema_migrations(module, number, name, sha256) VALUES (?1, ?2, ?3, ?4)";

struct Applied {
  std::string name;
  std::string sha256;
};

std::string checksum(std::string_view sql) {
  const auto digest = base::sha256(sql);
  return base::hex(digest);
}

Result<Unit> check_numbers(std::string_view module, std::span<const Migration> migrations) {
  int last = 0;
  for (const auto& migration : migrations) {
    if (migration.number <= last) {
      return Error(Errc::internal,
                   fmt::format("The migrations of {} are out of order at {}.", module, migration.number));
    }
    last = migration.number;
  }
  return Unit{};
}

Result<Unit> check_applied(std::string_view module, std::span<const Migration> migrations,
                           const std::map<int, Applied>& applied) {
  for (const auto& [number, row] : applied) {
    const auto known = std::ranges::find(migrations, number, &Migration::number);
    if (known == migrations.end()) {
      return Error(Errc::conflict,
                   fmt::format("The database holds migration {} \"{}\" of {}, which this program does not "
                               "know: a newer Troupe wrote it. Start that version, or restore a backup.",
                               number, row.name, module));
    }
    if (checksum(known->sql) != row.sha256) {
      return Error(Errc::conflict,
                   fmt::format("Migration {} \"{}\" of {} was applied with another text. Applied migrations must not "
                               "change: restore the file and add a new one.",
                               number, known->name, module));
    }
  }
  return Unit{};
}

}  // namespace

Result<Unit> migrate(Database& database, std::string_view module, std::span<const Migration> migrations) {
  TRY(check_numbers(module, migrations));
  std::map<int, Applied> applied;
  const auto load = [&](Tx& tx) -> Result<Unit> {
    applied.clear();
    tx.run(kCreateTable);
    auto rows = tx.query(kListApplied, module);
    while (rows.next()) {
      auto& found = applied[rows.take<int>()];
      rows >> found.name >> found.sha256;
    }
    return Unit{};
  };
  TRY(database.write_now(load, {.savepoint = true}));
  TRY(check_applied(module, migrations, applied));
  if (!migrations.empty()) database.know_migrations(module, migrations.back().number);
  for (const auto& migration : migrations) {
    if (applied.contains(migration.number)) continue;
    const auto apply = [&](Tx& tx) -> Result<Unit> {
      {  // another process may have been quicker
        auto rows = tx.query(kFindApplied, module, migration.number);
        if (rows.next()) return Unit{};
      }
      tx.script(migration.sql);
      tx.run(kRecord, module, migration.number, migration.name, checksum(migration.sql));
      tx.schema_changed();
      return Unit{};
    };
    auto done = database.write_now(apply, {.lane = Lane::send, .savepoint = true});
    if (!done) {
      return Error(done.error().code(),
                   fmt::format("Migration {} \"{}\" of {} failed.", migration.number, migration.name, module),
                   done.error().detail());
    }
  }
  return Unit{};
}

}  // namespace troupe::store
