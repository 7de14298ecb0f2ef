// SQL of the processes that may go on with tasks. All functions run inside the caller's transaction and throw
// store::SqlError.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/database.h"

namespace troupe::assistant::tasks::worker_store {

struct Worker {
  std::string holder;
  std::int64_t epoch = 0;
  std::int64_t beat = 0;  ///< 0: the epoch was ended, and nobody has it
};

/// Gives the process its next epoch, and yields it: what it had claimed before is free. `first`: of one that has no
/// row.
std::int64_t next_epoch(store::Tx& tx, std::string_view holder, std::int64_t first);
/// Counts its beat up. False: it has another epoch by now.
bool beat(store::Tx& tx, std::string_view holder, std::int64_t epoch);
/// Ends an epoch where nothing has changed since it was looked at. False: something has.
bool end(store::Tx& tx, const Worker& seen);
/// The process ends its own epoch, if it has it still.
void give_up(store::Tx& tx, std::string_view holder, std::int64_t epoch);
std::vector<Worker> all(store::Connection& c);
}  // namespace troupe::assistant::tasks::worker_store
