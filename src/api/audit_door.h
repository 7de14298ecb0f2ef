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

  Task<identity::AuditChain> chain(const net::route::Call& call) const { return audit_.chain(tenant(call)); }
  Task<std::vector<identity::AuditLine>> lines(const net::route::Call& call, std::int64_t after,
                                               std::int64_t limit) const {
    return audit_.lines(tenant(call), after, limit);
  }
  Task<identity::ChainReport> verify(const net::route::Call& call, std::string wanted) const {
    return audit_.verify(tenant(call), std::move(wanted));
  }

 private:
  identity::Audit& audit_;
};

}  // namespace troupe::api
