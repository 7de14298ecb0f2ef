#include "console/users/tenant_imports.h"

#include "identity/authenticator.h"

namespace troupe::console::users {

Result<ImportPlan> TenantImports::plan(std::string_view csv) const {
  TRY(auto plan, plan_import(csv, imports_.server_name()));
  for (const auto& row : plan.rows) {
    TRY(people::check_may_give(reach_, row.role));
  }
  return plan;
}

Task<ImportStatus> TenantImports::start(ImportPlan plan, const std::optional<people::ReachedRoom>& room,
                                        bool dry_run) const {
  ImportOrder order{.who = {}, .room_id = std::nullopt, .dry_run = dry_run, .whole_server = !reach_.within};
  if (room) order.room_id = room->room_id();
  order.who.tenant_id = reach_.tenant;
  order.who.actor_id = call_.caller->principal_id;
  order.who.actor = identity::credential_of(*call_.caller).principal.label();
  order.who.request_id = call_.request.request_id;
  order.who.target = order.room_id.value_or("");
  return imports_.start(std::move(plan), std::move(order));
}

}  // namespace troupe::console::users
