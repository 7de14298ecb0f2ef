#include "console/shapes/views.h"

#include <fmt/format.h>

#include "api/reply.h"
#include "matrix/ids.h"

namespace troupe::console {
namespace {

namespace json = boost::json;
using api::rfc3339;

}  // namespace

std::string seed_time(base::UnixMs time) { return fmt::format("{}.{:03}000", api::utc_seconds(time), time % 1000); }

json::object user_view(const matrix::Account& account, const identity::Principal& principal) {
  auto parts = matrix::parse_user_id(account.user_id);
  json::object view{{"id", principal.id},
                    {"user_id", account.user_id},
                    {"username", parts ? parts->localpart : std::string_view(account.user_id)},
                    {"display_name", account.display_name},
                    {"kind", identity::to_string(principal.kind)},
                    {"role", identity::to_string(principal.role)},
                    {"deactivated", account.deactivated},
                    {"locked", account.locked},
                    {"tenant_id", principal.tenant_id},
                    {"created_at", rfc3339(account.created_ms)}};
  if (!account.avatar_url.empty()) view["avatar_url"] = account.avatar_url;
  return view;
}

json::object audit_view(const identity::AuditRecord& record) {
  return {{"id", record.id},
          {"at", rfc3339(record.at_ms)},
          {"actor", record.actor},
          {"action", record.action},
          {"target", record.target},
          {"detail", record.detail},
          {"request_id", record.request_id}};
}

}  // namespace troupe::console
