// Numbered schema changes of each module, applied once, in order, each in a transaction of its own.
#pragma once
#include <span>
#include <string_view>

#include "base/result.h"
#include "store/database.h"

namespace troupe::store {

/// One file of src/<module>/migrations. `sql` is a string constant (embedded by the module).
struct Migration {
  int number;
  std::string_view name;
  std::string_view sql;
};

/// Applies what is missing and records (module, number, sha256) in schema_migrations.
/// Errors: conflict when an applied migration's text has changed, or when the database holds a later number than the
/// program knows (a newer program wrote it); the message says which.
Result<Unit> migrate(Database& database, std::string_view module, std::span<const Migration> migrations);

}  // namespace troupe::store
