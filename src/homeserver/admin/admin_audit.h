// The audit log's lines for what administrators do over the Matrix listener.
#pragma once
#include <boost/json/object.hpp>
#include <string>

#include "base/task.h"
#include "identity/audit.h"
#include "identity/principals.h"
#include "net/route/router.h"

namespace troupe::homeserver::admin {

/// One per server; callable from any thread.
class AdminAudit {
 public:
  /// Both must outlive this; without a platform they are null, and nothing is written.
  AdminAudit(identity::Audit* audit, identity::Principals* principals) : audit_(audit), principals_(principals) {}

  /// One line, under the names that the console's own actions have ("user.change", …). The change itself has happened:
  /// a failure is logged, not returned.
  asio::awaitable<void> record(const net::route::Call& call, std::string action, std::string target,
                               boost::json::object detail = {}) const;

 private:
  identity::Audit* audit_;
  identity::Principals* principals_;
};

}  // namespace troupe::homeserver::admin
