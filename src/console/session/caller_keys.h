// API keys as one caller reaches them: an administrator those of their tenant, everybody else their own.
#pragma once
#include <vector>

#include "identity/api_keys.h"
#include "identity/authenticator.h"

namespace troupe::console::session {

/// What each function does and its errors are those of identity::ApiKeys. Made for one request; the tasks it hands out
/// may outlive it.
class CallerKeys {
 public:
  CallerKeys(identity::ApiKeys& keys, const net::route::Caller& caller)
      : keys_(keys),
        owner_(identity::credential_of(caller).principal),
        tenant_(caller.tenant_id),
        only_of_(caller.role == net::route::Role::admin ? 0 : caller.principal_id) {}

  Task<std::vector<identity::ApiKey>> list() const { return keys_.list(tenant_, only_of_); }
  /// The caller's own.
  Task<identity::MadeApiKey> create(identity::NewApiKey wanted) const {
    return keys_.create(owner_, std::move(wanted));
  }
  Task<identity::ApiKey> revoke(std::int64_t key_id) const { return keys_.revoke(tenant_, key_id, only_of_); }

 private:
  identity::ApiKeys& keys_;
  identity::Principal owner_;
  std::int64_t tenant_;
  std::int64_t only_of_;  ///< a principal; 0: anybody in the tenant
};

/// What handlers hold of keys: it opens with a caller only.
class KeyDoor {
 public:
  explicit KeyDoor(identity::ApiKeys& keys) : keys_(keys) {}
  CallerKeys operator()(const net::route::Call& call) const { return {keys_, *call.caller}; }

 private:
  identity::ApiKeys& keys_;
};

}  // namespace troupe::console::session
