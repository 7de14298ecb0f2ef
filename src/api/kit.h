// What every product's routes of /api/v1 are written with, besides their own services.
#pragma once
#include <boost/json/object.hpp>
#include <functional>
#include <string>

#include "api/schema.h"
#include "host/module.h"
#include "identity/audit.h"
#include "identity/authenticator.h"

namespace troupe::api {

/// The audit log as handlers have it: they write to it (audit() and its like), and read their tenant's by AuditDoor.
class AuditWriter {
 public:
  explicit AuditWriter(identity::Audit& audit) : audit_(audit) {}
  /// As identity::Audit.
  Task<Unit> record(identity::AuditRecord record) const { return audit_.record(std::move(record)); }
  void append_and_ring(store::Tx& tx, identity::AuditRecord record, base::UnixMs now) const {
    audit_.append_and_ring(tx, std::move(record), now);
  }

 private:
  identity::Audit& audit_;
};

/// References only; what they lead to lives as long as the context.
struct Kit {
  net::route::Router& routes;
  bus::Bus& bus;
  const base::Clock& clock;
  AuditWriter audit;
  identity::PlatformAuthenticator& authenticator;
};
Kit kit_of(host::Context& context);

/// Makes named schemas known to the API document.
void add_shapes(const Kit& kit, std::span<const Named> shapes);
void add_shape(const Kit& kit, std::string_view name, const boost::json::object& schema);

/// Roles, sessions or keys have changed: lists are read again, and open streams look whether they may go on.
void ring_users(const Kit& kit);

/// Writes one line of the audit log, under the caller's tenant. The change itself has happened: a failure is logged,
/// not returned.
asio::awaitable<void> audit(const Kit& kit, const net::route::Call& call, std::string action, std::string target,
                            boost::json::object detail = {});
/// The same line for the commit of the change itself (a store::AlsoWrite), so that neither is there without the other.
std::function<void(store::Tx&)> audit_with(const Kit& kit, const net::route::Call& call, std::string action,
                                           std::string target, boost::json::object detail = {});
/// The same for what somebody does who is no caller yet, or not any more: signing in and out.
asio::awaitable<void> audit_as(const Kit& kit, const net::route::Call& call, const identity::Principal& who,
                               std::string action, std::string target, boost::json::object detail = {});
/// The same with a record that the caller of this filled in; the request's number is added.
asio::awaitable<void> write_audit(const Kit& kit, const net::route::Call& call, identity::AuditRecord record);

}  // namespace troupe::api
