// The routes of accounts, devices and profiles on the Matrix listener: one function for each file of routes. What they
// use must outlive the router.
#pragma once
#include "homeserver/accounts/account_service.h"
#include "homeserver/accounts/device_service.h"
#include "homeserver/accounts/guests.h"
#include "homeserver/accounts/login_tokens.h"
#include "homeserver/accounts/openid_tokens.h"
#include "homeserver/accounts/profile_service.h"
#include "homeserver/accounts/registration.h"
#include "homeserver/accounts/uia.h"
#include "homeserver/appservice/queries.h"
#include "homeserver/common/offers.h"
#include "net/route/router.h"

namespace troupe::homeserver::accounts {

struct LoginApi {
  AccountService& accounts;
  DeviceService& devices;
  LoginTokens& tokens;
  const host::Settings& settings;
  const Offers& offers;
  const appservice::Services* services = nullptr;
};
void add_login_routes(net::route::Router& router, LoginApi& api);  ///< login, refresh, logout

struct LoginTokenApi {
  LoginTokens& tokens;
  Uia& uia;
};
void add_login_token_routes(net::route::Router& router, LoginTokenApi& api);

struct RegisterApi {
  AccountService& accounts;
  DeviceService& devices;
  RegistrationRules& registration;
  Uia& uia;
  Guests& guests;
  const host::Settings& settings;
  mail::Proofs* proofs = nullptr;  ///< nullptr: the server sends no mail
  const appservice::Services* services = nullptr;
};
void add_register_routes(net::route::Router& router, RegisterApi& api);

struct SharedSecretApi {
  AccountService& accounts;
  DeviceService& devices;
  Nonces& nonces;
  const host::Settings& settings;
};
void add_shared_secret_routes(net::route::Router& router, SharedSecretApi& api);

struct AccountApi {
  AccountService& accounts;
  Uia& uia;
  OpenIdTokens& openid;
  const host::Settings& settings;
  mail::Proofs* proofs = nullptr;  ///< nullptr: the server sends no mail
};
void add_account_routes(net::route::Router& router, AccountApi& api);  ///< whoami, password, deactivate, OpenID

/// E-mail addresses and phone numbers, where the server sends no mail.
void add_third_party_routes(net::route::Router& router, AccountApi& api);

/// What identity servers and text messages would be needed for.
void add_identity_server_routes(net::route::Router& router);

struct MailApi {
  AccountService& accounts;
  RegistrationRules& registration;
  Uia& uia;
  mail::Proofs& proofs;
};
/// The same where it does.
void add_mail_routes(net::route::Router& router, MailApi& api);

struct DeviceApi {
  DeviceService& devices;
  Uia& uia;
};
void add_device_routes(net::route::Router& router, DeviceApi& api);  ///< devices, delete_devices

struct ProfileApi {
  ProfileService& profiles;
  store::Database& db;
  const host::Settings& settings;
  appservice::Queries* queries = nullptr;
  const appservice::Services* services = nullptr;
};
void add_profile_routes(net::route::Router& router, ProfileApi& api);  ///< profile, user directory

void add_moderation_routes(net::route::Router& router, AccountService& accounts);  ///< locking, for administrators

}  // namespace troupe::homeserver::accounts
