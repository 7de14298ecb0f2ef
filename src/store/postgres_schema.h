// The store's own tables on PostgreSQL: what the database says about itself, the stream, its writers, their notes.
#pragma once
#include "base/result.h"
#include "store/connection_impl.h"
#include "store/postgres_url.h"

namespace troupe::store {

/// What a process starts from.
struct PostgresStart {
  StreamPos head = 0;
  StreamPos reserved = 0;
  std::int64_t notes = 0;   ///< the number of the last announcement
  std::int64_t writer = 0;  ///< this process's number among all that ever wrote
};

/// Makes the schema and the tables when they are missing, reserves a block of positions (see skipped_positions), gives
/// this process its number. Several processes may do so at once. Errors: conflict (tables of something else, a newer
/// program), unavailable.
Result<PostgresStart> prepare_postgres(const PostgresUrl& url, std::int64_t now_ms);

/// Runs `sql` in the schema of `url`, as one transaction. For tests.
Result<Unit> run_in_postgres_schema(std::string_view url, std::string_view sql);

/// Drops the schema of `url` and everything in it. For tests; the URL must name one.
Result<Unit> drop_postgres_schema(std::string_view url);

}  // namespace troupe::store
