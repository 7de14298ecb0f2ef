#include "homeserver/admin/user_setup.h"

#include "homeserver/admin/registration_token_routes.h"
#include "homeserver/admin/user_routes.h"

namespace troupe::homeserver::admin {

void setup_admin_users(host::Context& context, accounts::AccountParts& parts) {
  auto& router = context.routes();
  auto* principals = context.find<identity::Principals>();
  const auto& audit = context.make<AdminAudit>(context.find<identity::Audit>(), principals);
  auto& changes = context.make<UserChanges>(parts.accounts, parts.profiles, principals, context.clock());
  auto& users = context.make<UserAdminApi>(UserAdminApi{parts.accounts, parts.devices, changes, context.db(), audit});
  add_user_list_routes(router, users);
  add_user_routes(router, users);
  add_user_access_routes(router, users);
  add_whois_routes(router, users);
  add_user_device_routes(router, users);
  add_user_rate_routes(router, users);
  add_user_validity_routes(router, users);
  add_user_feature_routes(router, users);
  add_user_data_routes(router,
                       context.make<UserDataApi>(UserDataApi{parts.accounts, context.db(), context.clock(), audit}));
  context.every({.name = "homeserver.expired_accounts",
                 .every = std::chrono::minutes(1),
                 .run = [&parts] { return parts.accounts.lock_expired(); },
                 .singleton = true});
  add_registration_token_routes(router,
                                context.make<RegistrationTokenApi>(RegistrationTokenApi{
                                    context.make<accounts::RegistrationTokens>(context.db(), context.clock()), audit}));
}

}  // namespace troupe::homeserver::admin
