#include "console/tenant_counts.h"

namespace troupe::console {

Task<std::vector<identity::Tenant>> counted_tenants(const People& people) {
  CO_TRY(auto found, co_await people.tenants.list());
  CO_TRY(auto accounts, co_await people.homeserver.accounts({.search = {}, .from = 0, .limit = 1}));
  auto rest = accounts.total;
  for (const auto& one : found) {
    if (one.id != identity::kDefaultTenant) rest -= one.principals;
  }
  for (auto& one : found) {
    if (one.id == identity::kDefaultTenant) one.principals = std::max<std::int64_t>(rest, 0);
  }
  co_return found;
}

}  // namespace troupe::console
