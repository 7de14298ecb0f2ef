// Synapse's admin API: accounts. One function for each file of routes; all arguments must outlive the router.
#pragma once
#include "homeserver/accounts/account_service.h"
#include "homeserver/accounts/device_service.h"
#include "homeserver/admin/admin_audit.h"
#include "homeserver/admin/user_change.h"
#include "net/route/router.h"

namespace troupe::homeserver::admin {

/// What handlers about accounts use.
struct UserAdminApi {
  accounts::AccountService& accounts;
  accounts::DeviceService& devices;
  UserChanges& changes;
  store::Database& db;
  const AdminAudit& audit;
};

void add_user_list_routes(net::route::Router& router, UserAdminApi& api);    ///< lists, looking up by other names
void add_user_routes(net::route::Router& router, UserAdminApi& api);         ///< one account: show, make, change
void add_user_access_routes(net::route::Router& router, UserAdminApi& api);  ///< deactivate, password, admin, login
void add_whois_routes(net::route::Router& router, UserAdminApi& api);        ///< where somebody is signed in

void add_user_device_routes(net::route::Router& router, UserAdminApi& api);    ///< the devices of an account
void add_user_rate_routes(net::route::Router& router, UserAdminApi& api);      ///< how fast an account may send
void add_user_validity_routes(net::route::Router& router, UserAdminApi& api);  ///< until when an account may be used
void add_user_feature_routes(net::route::Router& router, UserAdminApi& api);   ///< what may be on for one account

/// What handlers about what belongs to an account use.
struct UserDataApi {
  accounts::AccountService& accounts;
  store::Database& db;
  const base::Clock& clock;
  const AdminAudit& audit;
};
void add_user_data_routes(net::route::Router& router, UserDataApi& api);  ///< rooms, pushers, account data, keys

}  // namespace troupe::homeserver::admin
