#include "homeserver/admin/admin_audit.h"

#include "base/log.h"

namespace troupe::homeserver::admin {

asio::awaitable<void> AdminAudit::record(const net::route::Call& call, std::string action, std::string target,
                                         boost::json::object detail) const {
  if (!audit_) co_return;
  identity::AuditRecord line;
  line.actor = call.caller->user_id;
  if (principals_) {
    // Who never saw the console has none yet.
    if (const auto known = co_await principals_->by_user(line.actor)) line.actor_id = known->id;
  }
  line.action = std::move(action);
  line.target = std::move(target);
  line.detail = std::move(detail);
  line.request_id = call.request.request_id;
  const auto written = co_await audit_->record(std::move(line));
  if (written) co_return;
  base::log_error("homeserver", "A line of the audit log could not be written.",
                  {{"reason", written.error().message()}, {"request_id", call.request.request_id}});
}

}  // namespace troupe::homeserver::admin
