#include "api/kit.h"

#include <boost/json/serialize.hpp>

#include "api/caller.h"
#include "base/log.h"

namespace troupe::api {

Kit kit_of(host::Context& context) {
  return {.routes = context.routes(),
          .bus = context.bus(),
          .clock = context.clock(),
          .audit = AuditWriter(context.get<identity::Audit>()),
          .authenticator = context.get<identity::PlatformAuthenticator>()};
}

void add_shapes(const Kit& kit, std::span<const Named> shapes) {
  for (const auto& [name, text] : shapes) kit.routes.add_schema(std::string(name), text);
}

void add_shape(const Kit& kit, std::string_view name, const boost::json::object& schema) {
  kit.routes.add_schema(std::string(name), boost::json::serialize(schema));
}

void ring_users(const Kit& kit) { kit.bus.ring(bus::Topic::users, 0); }

asio::awaitable<void> write_audit(const Kit& kit, const net::route::Call& call, identity::AuditRecord record) {
  record.request_id = call.request.request_id;
  auto written = co_await kit.audit.record(std::move(record));
  if (!written) {
    base::log_error("api", "A line of the audit log could not be written at once.",
                    {{"reason", written.error().message()}, {"request_id", call.request.request_id}});
  }
}

namespace {

identity::AuditRecord record_of(const net::route::Call& call, std::string action, std::string target,
                                boost::json::object detail) {
  identity::AuditRecord record;
  record.tenant_id = tenant(call);
  if (call.caller) {
    record.actor_id = call.caller->principal_id;
    record.actor = identity::credential_of(*call.caller).principal.label();
  } else {
    record.actor = call.request.remote_address;
  }
  record.action = std::move(action);
  record.target = std::move(target);
  record.detail = std::move(detail);
  return record;
}

}  // namespace

asio::awaitable<void> audit(const Kit& kit, const net::route::Call& call, std::string action, std::string target,
                            boost::json::object detail) {
  co_await write_audit(kit, call, record_of(call, std::move(action), std::move(target), std::move(detail)));
}

std::function<void(store::Tx&)> audit_with(const Kit& kit, const net::route::Call& call, std::string action,
                                           std::string target, boost::json::object detail) {
  auto record = record_of(call, std::move(action), std::move(target), std::move(detail));
  record.request_id = call.request.request_id;
  return [writer = kit.audit, record = std::move(record), now = kit.clock.unix_ms()](store::Tx& tx) {
    writer.append_and_ring(tx, record, now);
  };
}

asio::awaitable<void> audit_as(const Kit& kit, const net::route::Call& call, const identity::Principal& who,
                               std::string action, std::string target, boost::json::object detail) {
  identity::AuditRecord record;
  record.tenant_id = who.tenant_id;
  record.actor_id = who.id;
  record.actor = who.label();
  record.action = std::move(action);
  record.target = std::move(target);
  record.detail = std::move(detail);
  co_await write_audit(kit, call, std::move(record));
}

}  // namespace troupe::api
