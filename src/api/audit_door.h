// Reading the audit log: a caller reads their own tenant's.
#pragma once
#include "api/caller.h"
#include "identity/audit.h"

namespace troupe::api {

/// What handlers hold of the log to read it: it opens with a caller only.
class AuditDoor {
 public:
  explicit AuditDoor(identity::Audit& audit) : audit_(audit) {}
  Task<identity::AuditPage> operator()(const net::route::Call& call, identity::AuditQuery query) const {
    return audit_.page(tenant(call), std::move(query));
  }

 private:
  identity::Audit& audit_;
};

}  // namespace troupe::api
