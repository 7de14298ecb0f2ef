// Principals for those who use the server by the keys of another program's dialect and have no account.
#pragma once
#include <string>

#include "base/task.h"
#include "identity/types.h"
#include "store/database.h"

namespace troupe::identity {

/// The principal of the default tenant with this name, made when missing. For what exists at every start:
/// Principals::service_now.
Task<Principal> ensure_service(store::Database& db, const base::Clock& clock, std::string name);

}  // namespace troupe::identity
