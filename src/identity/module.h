// Who may use the platform: principals, roles, sessions, API keys and the audit log.
#pragma once
#include "host/module.h"

namespace troupe::identity {

/// Offers identity::Principals, Sessions, ApiKeys and Audit, and describes the platform listener with its scheme.
host::Module identity_module();

}  // namespace troupe::identity
