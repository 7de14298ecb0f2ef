#include "console/console_api.h"

namespace troupe::console {

asio::awaitable<void> audit_sign_in(const api::Kit& kit, const net::Call& call, const identity::Principal& who,
                                    boost::json::object detail) {
  detail["address"] = call.request.remote_address;
  co_await api::audit_as(kit, call, who, "session.create", who.label(), std::move(detail));
}

asio::awaitable<void> audit_refusal(const api::Kit& kit, const People& people, const net::Call& call, std::string user,
                                    boost::json::object detail) {
  identity::AuditRecord record;
  if (auto house = co_await people.principals.tenant_of(full_user_id(people, user))) record.tenant_id = *house;
  record.actor = call.request.remote_address;
  record.action = "session.refuse";
  record.target = std::move(user);
  record.detail = std::move(detail);
  co_await api::write_audit(kit, call, std::move(record));
}

}  // namespace troupe::console
