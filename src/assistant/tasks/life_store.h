// SQL of the database's lives. All functions run inside the caller's transaction and throw store::SqlError.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace troupe::assistant::tasks::life_store {

struct Life {
  std::int64_t number = 0;  ///< of the newest step that writes
  std::int64_t life = 0;
};
Life now(store::Connection& c);
void put(store::Tx& tx, const Life& life);
/// Counts a step that this process writes.
Life next(store::Tx& tx, std::string_view holder);

/// The newest write of one process's folder.
struct Wrote {
  std::string holder;
  std::int64_t number = 0;
};
/// The newest first.
std::vector<Wrote> newest(store::Connection& c, std::int64_t limit);
std::int64_t of(store::Connection& c, std::string_view holder);
/// Those beyond the newest so many go. Yields how many.
std::int64_t forget(store::Tx& tx, std::int64_t keep);
/// An earlier number than is there changes nothing.
void raise(store::Tx& tx, const Wrote& wrote);

}  // namespace troupe::assistant::tasks::life_store
