// /api/v1/packs: the services that a tenant's people may ask for.
#pragma once
#include "host/module.h"

namespace troupe::assistant::routes {

/// Adds the routes with their shapes. After services::set_up_services.
void set_up_pack_routes(host::Context& context);

}  // namespace troupe::assistant::routes
