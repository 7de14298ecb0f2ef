// Synapse's admin API: registration tokens.
#pragma once
#include "homeserver/admin/admin_audit.h"
#include "net/route/router.h"
#include "store/database.h"

namespace troupe::homeserver::admin {

/// What the handlers use.
struct RegistrationTokenApi {
  store::Database& db;
  const base::Clock& clock;
  const AdminAudit& audit;
};
/// `api` must outlive the router.
void add_registration_token_routes(net::route::Router& router, RegistrationTokenApi& api);

}  // namespace troupe::homeserver::admin
