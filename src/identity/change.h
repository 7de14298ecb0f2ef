// A write that has nothing to refuse.
#pragma once
#include "store/database.h"

namespace troupe::identity {

/// `make` is given the transaction.
template <class Make>
Task<Unit> change(store::Database& db, Make make) {
  auto write = [&make](store::Tx& tx) -> Result<Unit> {
    make(tx);
    return Unit{};
  };
  co_return co_await db.write(write);
}

}  // namespace troupe::identity
