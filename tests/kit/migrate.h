// A module's tables in a database of a test's own.
#pragma once
#include <stdexcept>

#include "store/migrations.h"
#include "store/test_schemas.h"

namespace troupe::kit {

/// All migrations of a module, for tests that ask nothing of migrations: on PostgreSQL a schema with these tables may
/// be there from the suite's test before (store::TestSchemas). Throws when it cannot.
inline void migrate(store::Database& db, std::string_view module, std::span<const store::Migration> migrations) {
  const auto throw_failure = [](const Result<Unit>& done) {
    if (!done) throw std::runtime_error(done.error().message() + " " + done.error().detail());
  };
  throw_failure(store::migrate(db, module, migrations));
  if (!store::on_postgres()) return;
  throw_failure(db.write_now([](store::Tx& tx) -> Result<Unit> {
    tx.script(store::kNoteTables);
    return Unit{};
  }));
}

}  // namespace troupe::kit
