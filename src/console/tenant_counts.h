// How many accounts each tenant has.
#pragma once
#include <vector>

#include "console/reach.h"

namespace troupe::console {

/// All tenants with their accounts. Whoever is in no other tenant is in the default one, also an account that nobody
/// has looked at yet: its principal is made on first sight.
Task<std::vector<identity::Tenant>> counted_tenants(const People& people);

}  // namespace troupe::console
