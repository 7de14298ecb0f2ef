// Synapse's admin API: registration tokens.
#pragma once
#include "homeserver/accounts/registration_tokens.h"
#include "homeserver/admin/admin_audit.h"
#include "net/route/router.h"

namespace troupe::homeserver::admin {

/// What the handlers use.
struct RegistrationTokenApi {
  accounts::RegistrationTokens& tokens;
  const AdminAudit& audit;
};
/// `api` must outlive the router.
void add_registration_token_routes(net::route::Router& router, RegistrationTokenApi& api);

}  // namespace troupe::homeserver::admin
