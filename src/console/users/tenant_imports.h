// Imports of users as one caller reaches them: those of their tenant.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "console/people/tenant_rooms.h"
#include "console/users/user_import.h"

namespace troupe::console::users {

/// What each function does and its errors are those of UserImports. Made for one request; the tasks it hands out may
/// outlive it.
class TenantImports {
 public:
  TenantImports(UserImports& imports, const net::route::Call& call) : imports_(imports), call_(call), reach_(call) {}

  /// The rows of a file. Errors: those of plan_import(); forbidden (see check_may_give).
  Result<ImportPlan> plan(std::string_view csv) const;
  /// `room`: where all of them are to be.
  Task<ImportStatus> start(ImportPlan plan, const std::optional<people::ReachedRoom>& room, bool dry_run) const;
  Task<ImportStatus> find(std::string import_id) const { return imports_.find(reach_.tenant, std::move(import_id)); }
  Task<std::vector<ImportStatus>> list() const { return imports_.list(reach_.tenant); }
  Task<ImportStatus> cancel(std::string import_id) const {
    return imports_.cancel(reach_.tenant, std::move(import_id));
  }
  Task<std::vector<UserImports::HandedOut>> take_passwords(std::string import_id) const {
    return imports_.take_passwords(reach_.tenant, std::move(import_id), reach_.limited);
  }

 private:
  UserImports& imports_;
  const net::route::Call& call_;
  people::Reach reach_;
};

/// What handlers hold of imports: it opens with a caller only.
class ImportDoor {
 public:
  explicit ImportDoor(UserImports& imports) : imports_(imports) {}
  TenantImports operator()(const net::route::Call& call) const { return {imports_, call}; }

 private:
  UserImports& imports_;
};

}  // namespace troupe::console::users
