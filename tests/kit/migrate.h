// A module's tables in a database of a test's own.
#pragma once
#include <stdexcept>

#include "store/migrations.h"

namespace troupe::kit {

/// Throws when it cannot.
inline void migrate(store::Database& db, std::string_view module, std::span<const store::Migration> migrations) {
  auto done = store::migrate(db, module, migrations);
  if (!done) throw std::runtime_error(done.error().message() + " " + done.error().detail());
}

}  // namespace troupe::kit
