// The routes of the OAuth 2.0 API and of its pages. What the routes of each file use must outlive the router.
#pragma once
#include "homeserver/accounts/delegated_proof.h"
#include "homeserver/accounts/uia.h"
#include "homeserver/oauth/clients.h"
#include "homeserver/oauth/grants.h"
#include "homeserver/oauth/id_tokens.h"
#include "homeserver/oauth/links.h"
#include "homeserver/oauth/sign_up.h"
#include "homeserver/oauth/visits.h"
#include "net/route/router.h"

namespace troupe::homeserver::oauth {

/// Where all of it lies but the metadata: below what a reverse proxy passes on for Matrix anyway.
inline constexpr std::string_view kRoot = "/_matrix/client/oauth";

/// Pages below it.
inline constexpr std::string_view kAuthorize = "authorize";
inline constexpr std::string_view kSignUp = "sign_up";

struct MetadataApi {
  IdTokens& id_tokens;
  const SignUp& sign_up;
  const host::Settings& settings;
};
void add_metadata_routes(net::route::Router& router, MetadataApi& api);

struct TokenApi {
  Clients& clients;
  Grants& grants;
  Links& links;
  IdTokens& id_tokens;
  const host::Settings& settings;
};
void add_token_routes(net::route::Router& router, TokenApi& api);  ///< register, token, revoke, device

struct AuthorizeApi {
  Clients& clients;
  Grants& grants;
  Visits& visits;
  accounts::DeviceService& devices;
  const SignUp& sign_up;
};
void add_authorize_pages(net::route::Router& router, AuthorizeApi& api);

struct SignUpApi {
  Visits& visits;
  SignUp& sign_up;
};
void add_sign_up_pages(net::route::Router& router, SignUpApi& api);

struct LinkApi {
  Clients& clients;
  Links& links;
  Visits& visits;
  accounts::DeviceService& devices;
};
void add_link_pages(net::route::Router& router, LinkApi& api);

struct AccountPageApi {
  Visits& visits;
  accounts::AccountService& accounts;
  accounts::DeviceService& devices;
  accounts::DelegatedProof& proof;
  accounts::Uia& uia;
};
void add_account_pages(net::route::Router& router, AccountPageApi& api);

}  // namespace troupe::homeserver::oauth
