// Makes the OAuth 2.0 API.
#pragma once
#include "homeserver/accounts/account_parts.h"
#include "host/module.h"

namespace troupe::homeserver::oauth {

/// Makes the services, which live as long as the context, with their routes and jobs; nothing when it is switched off.
/// `accounts` must outlive the context.
void setup_oauth(host::Context& context, accounts::AccountParts& accounts);

}  // namespace troupe::homeserver::oauth
