// What calls of language models cost, as one caller reaches it: only their own tenant's.
#pragma once
#include "api/caller.h"
#include "fleet/models/spending.h"

namespace troupe::fleet::routes {

/// What handlers hold of the money: it opens with a caller only.
class SpendingDoor {
 public:
  explicit SpendingDoor(models::Spending& spending) : spending_(spending) {}
  Task<models::SumPage> sums(const net::route::Call& call, std::int64_t day, models::Scope scope, std::int64_t from,
                             std::int64_t limit) const {
    return spending_.sums(api::tenant(call), day, scope, from, limit);
  }
  Task<models::CallPage> calls(const net::route::Call& call, std::int64_t day, std::string bot_id, std::string person,
                               std::int64_t from, std::int64_t limit) const {
    return spending_.calls(api::tenant(call), day, std::move(bot_id), std::move(person), from, limit);
  }
  /// The server's; a bot may have a smaller one of its own.
  const models::SpendingLimits& limits() const { return spending_.limits(); }

 private:
  models::Spending& spending_;
};

}  // namespace troupe::fleet::routes
