// The tenants themselves: the business of the administrators of the default one, which was there first.
#pragma once
#include <string>
#include <vector>

#include "console/people/reach.h"

namespace troupe::console::people {

/// All tenants with their accounts. Whoever is in no other tenant is in the default one, also an account that nobody
/// has looked at yet: its principal is made on first sight.
Task<std::vector<identity::Tenant>> counted_tenants(const PeopleParts& parts);

/// Error: forbidden (the caller is not of the default tenant).
Result<Unit> check_default_tenant(const net::route::Call& call);

/// Made by AllTenantsDoor alone. The tasks it hands out may outlive it.
class AllTenants {
 public:
  Task<std::vector<identity::Tenant>> list() const { return counted_tenants(parts_); }
  Task<identity::Tenant> create(std::string name) const { return parts_.tenants.create(std::move(name)); }
  Task<identity::Tenant> rename(std::int64_t id, std::string name) const {
    return parts_.tenants.rename(id, std::move(name));
  }

 private:
  friend class AllTenantsDoor;
  explicit AllTenants(const PeopleParts& parts) : parts_(parts) {}

  const PeopleParts& parts_;
};

/// What handlers hold of them: it opens to callers of the default tenant.
class AllTenantsDoor {
 public:
  explicit AllTenantsDoor(const PeopleParts& parts) : parts_(parts) {}
  /// Error: that of check_default_tenant().
  Result<AllTenants> operator()(const net::route::Call& call) const {
    TRY(check_default_tenant(call));
    return AllTenants(parts_);
  }

 private:
  const PeopleParts& parts_;
};

}  // namespace troupe::console::people
