// Tenants: separate houses under one roof. Principals, bots, keys and the audit log belong to one each.
#pragma once
#include <string>
#include <vector>

#include "base/task.h"
#include "identity/types.h"
#include "store/database.h"

namespace troupe::identity {

struct Tenant {
  std::int64_t id = 0;
  std::string name;
  std::int64_t principals = 0;
  base::UnixMs created_ms = 0;
};

/// One per program; callable from any thread. A tenant is never deleted: its rows would lose their owner.
class Tenants {
 public:
  static constexpr std::size_t kMaxNameBytes = 100;
  static constexpr std::int64_t kMaxTenants = 1'000;

  Tenants(store::Database& db, const base::Clock& clock) : db_(db), clock_(clock) {}

  Task<std::vector<Tenant>> list();
  /// Errors: conflict (the name is taken), invalid_param (name), limit_exceeded.
  Task<Tenant> create(std::string name);
  /// Errors: not_found, conflict, invalid_param.
  Task<Tenant> rename(std::int64_t id, std::string name);
  /// Moves a principal with its keys; its console sessions end. An administrator of another tenant who comes into the
  /// default one is a member there: that role goes with the homeserver's flag. Whoever leaves the default tenant must
  /// have lost the flag before. Errors: not_found (either of the two).
  Task<Principal> move(std::string user_id, std::int64_t tenant_id);

 private:
  store::Database& db_;
  const base::Clock& clock_;
};

}  // namespace troupe::identity
