// A line for the audit log. Only tests include this.
#pragma once
#include "identity/audit.h"

namespace troupe::identity {

/// What anna did.
inline AuditRecord record(std::string action, std::string target, boost::json::object detail) {
  AuditRecord made;
  made.actor = "@anna:localhost";
  made.action = std::move(action);
  made.target = std::move(target);
  made.detail = std::move(detail);
  return made;
}

}  // namespace troupe::identity
