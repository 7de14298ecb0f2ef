// Reading the audit log: a caller reads their own tenant's.
#pragma once
#include "api/caller.h"
#include "identity/audit.h"
#include "identity/audit_anchors.h"

namespace troupe::api {

/// What handlers hold of the log to read it: it opens with a caller only.
class AuditDoor {
 public:
  AuditDoor(identity::Audit& audit, identity::AuditAnchors& anchors) : audit_(audit), anchors_(anchors) {}
  Task<identity::AuditPage> operator()(const net::route::Call& call, identity::AuditQuery query) const {
    return audit_.page(tenant(call), std::move(query));
  }

  Task<identity::AuditChain> chain(const net::route::Call& call) const { return audit_.chain(tenant(call)); }
  Task<std::vector<identity::AuditLine>> lines(const net::route::Call& call, std::int64_t after,
                                               std::int64_t limit) const {
    return audit_.lines(tenant(call), after, limit);
  }
  Task<identity::ChainReport> verify(const net::route::Call& call, std::string wanted) const {
    return anchors_.verify(tenant(call), std::move(wanted));
  }
  Task<identity::AnchorStanding> anchoring(const net::route::Call& call) const {
    return anchors_.standing(tenant(call));
  }
  Task<std::vector<identity::anchor_store::Kept>> anchors(const net::route::Call& call, std::int64_t after,
                                                          std::int64_t limit) const {
    return anchors_.page(tenant(call), after, limit);
  }

 private:
  identity::Audit& audit_;
  identity::AuditAnchors& anchors_;
};

}  // namespace troupe::api
