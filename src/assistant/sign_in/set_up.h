// Signing in to services, with its routes below /api/v1/packs/{service}/sign-in.
#pragma once
#include "host/module.h"

namespace troupe::assistant::sign_in {

/// After services::set_up_services.
void set_up_sign_in(host::Context& context);

}  // namespace troupe::assistant::sign_in
