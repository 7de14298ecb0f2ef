#include "console/tenant_counts.h"

namespace troupe::console {

Task<std::vector<identity::Tenant>> counted_tenants(Api& api) {
  CO_TRY(auto found, co_await api.tenants.list());
  CO_TRY(auto accounts, co_await api.homeserver.accounts({.search = {}, .from = 0, .limit = 1}));
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
