// Synapse's admin API about accounts and registration tokens, put together.
#pragma once
#include "homeserver/accounts/account_parts.h"
#include "host/module.h"

namespace troupe::homeserver::admin {

/// Adds its routes. `parts` must outlive the router.
void setup_admin_users(host::Context& context, accounts::AccountParts& parts);

}  // namespace troupe::homeserver::admin
