#include "console/people/all_tenants.h"

#include "api/caller.h"

namespace troupe::console::people {

Task<std::vector<identity::Tenant>> counted_tenants(const PeopleParts& parts) {
  CO_TRY(auto found, co_await parts.tenants.list());
  CO_TRY(auto accounts, co_await parts.accounts.accounts({.search = {}, .from = 0, .limit = 1}));
  auto rest = accounts.total;
  for (const auto& one : found) {
    if (one.id != identity::kDefaultTenant) rest -= one.principals;
  }
  for (auto& one : found) {
    if (one.id == identity::kDefaultTenant) one.principals = std::max<std::int64_t>(rest, 0);
  }
  co_return found;
}

Result<Unit> check_default_tenant(const net::route::Call& call) {
  if (api::tenant(call) == identity::kDefaultTenant) return Unit{};
  return Error(Errc::forbidden, "Only administrators of the default tenant may see and change this.");
}

}  // namespace troupe::console::people
