// Accounts, devices and sign-in as one: the services in the order in which they need each other.
#pragma once
#include "homeserver/accounts/account_routes.h"
#include "homeserver/accounts/delegated_proof.h"
#include "host/module.h"

namespace troupe::homeserver::accounts {

/// One per server; lives as long as the router. The arguments must outlive it.
struct AccountParts {
  AccountParts(host::Context& context, AccountObserver& observer, const appservice::Services* services = nullptr,
               appservice::Queries* queries = nullptr);

  std::unique_ptr<Sessions> sessions;
  PasswordPool passwords;
  AccountService accounts;
  DeviceService devices;
  RegistrationRules registration;
  Uia uia;
  LoginTokens login_tokens;
  OpenIdTokens openid;
  ProfileService profiles;
  Nonces nonces;
  DelegatedProof delegated;
  const appservice::Services* services;
  appservice::Queries* queries;
};

/// Says what clients may do with accounts.
void offer_accounts(Offers& offers, const host::Settings& settings);
/// Adds their scheme of credentials, routes and jobs, and what they offer.
void setup_accounts(host::Context& context, AccountParts& parts, Offers& offers);

}  // namespace troupe::homeserver::accounts
