// Accounts, devices and sign-in as one: the services in the order in which they need each other.
#pragma once
#include "homeserver/accounts/account_routes.h"
#include "homeserver/accounts/delegated_proof.h"
#include "host/module.h"

namespace troupe::homeserver::accounts {

/// What other folders lend the accounts; each may be absent.
struct AccountsNeed {
  mail::Proofs* proofs = nullptr;  ///< nullptr: the server sends no mail
  const appservice::Services* services = nullptr;
  appservice::Queries* queries = nullptr;
};

/// One per server; lives as long as the router. The arguments must outlive it.
struct AccountParts {
  AccountParts(host::Context& context, AccountObserver& observer, const AccountsNeed& need = {});

  std::unique_ptr<Sessions> sessions;
  PasswordPool passwords;
  AccountService accounts;
  DeviceService devices;
  RegistrationRules registration;
  Uia uia;
  Guests guests;
  LoginTokens login_tokens;
  OpenIdTokens openid;
  ProfileService profiles;
  Nonces nonces;
  DelegatedProof delegated;
  mail::Proofs* proofs;
  const appservice::Services* services;
  appservice::Queries* queries;
};

/// Says what clients may do with accounts.
void offer_accounts(Offers& offers, const host::Settings& settings);
/// Adds their scheme of credentials, routes and jobs, and what they offer.
void setup_accounts(host::Context& context, AccountParts& parts, Offers& offers);

}  // namespace troupe::homeserver::accounts
