// The routes of accounts, devices, profiles and presence on the Matrix listener: one function for each file of routes.
// Media: media_routes.h.
// All services must outlive the router.
#pragma once
#include "homeserver/accounts/account_service.h"
#include "homeserver/accounts/device_service.h"
#include "homeserver/accounts/registration.h"
#include "homeserver/accounts/uia.h"
#include "homeserver/reading/presence.h"
#include "net/route/router.h"

namespace troupe::homeserver {

/// Everything that these routes use.
struct AccountServices {
  store::Database& db;
  AccountService& accounts;
  DeviceService& devices;
  RegistrationRules& registration;
  Uia& uia;
  const host::Settings& settings;
  const base::Clock& clock;
  const AccountHooks& hooks;
};

void add_server_info_routes(net::Router& router,
                            AccountServices services);                    ///< versions, capabilities, well-known, TURN
void add_login_routes(net::Router& router, AccountServices services);     ///< login, refresh, logout
void add_register_routes(net::Router& router, AccountServices services);  ///< register, shared-secret registration
void add_account_routes(net::Router& router, AccountServices services);  ///< whoami, password, deactivate, 3pid, OpenID
void add_device_routes(net::Router& router, AccountServices services);   ///< devices, delete_devices
void add_profile_routes(net::Router& router, AccountServices services);  ///< profile, user directory
void add_pusher_routes(net::Router& router, AccountServices services);   ///< pushers
void add_moderation_routes(net::Router& router, AccountServices services);  ///< locking, for administrators
void add_presence_routes(net::Router& router, AccountServices services, Presence& presence);

}  // namespace troupe::homeserver
