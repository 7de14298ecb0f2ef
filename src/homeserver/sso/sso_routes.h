// The routes of single sign-on, and its pages. What they use must outlive the router.
#pragma once
#include "homeserver/accounts/uia.h"
#include "homeserver/oauth/visits.h"
#include "homeserver/sso/logouts.h"
#include "homeserver/sso/sign_ins.h"
#include "net/route/router.h"

namespace troupe::homeserver::sso {

/// Where providers are told to send browsers back to, after the public address. Synapse has the same path, so that what
/// is registered with a provider stays as it is.
inline constexpr std::string_view kCallbackPath = "/_synapse/client/oidc/callback";
/// Where providers say that somebody has signed out there.
inline constexpr std::string_view kLogoutPath = "/_synapse/client/oidc/backchannel_logout";
/// The page of a sign-in that waits for its person.
inline constexpr std::string_view kContinuePath = "/_synapse/client/sso/continue";
inline constexpr std::string_view kPickPath = "/_synapse/client/pick_idp";

struct SsoApi {
  SignIns& sign_ins;
  oauth::Visits& visits;
  accounts::Uia& uia;
  accounts::AccountService& accounts;
  const host::Settings& settings;
};

/// Sends the browser to the provider.
Task<net::http::Response> depart(SsoApi& api, net::route::Call& call, identity::oidc::Provider& provider,
                                 Purpose purpose, std::string target);

void add_departure_routes(net::route::Router& router, SsoApi& api);  ///< to the provider
void add_arrival_routes(net::route::Router& router, SsoApi& api);    ///< and back
void add_confirm_routes(net::route::Router& router, SsoApi& api);    ///< a step of user-interactive authentication
void add_logout_routes(net::route::Router& router, Logouts& logouts);

/// What a sign-in for a page of OAuth names its target below.
inline constexpr std::string_view kOauthPages = "/_matrix/client/oauth/";

/// The way back of a sign-in that came to nothing, as HTML; empty: only the app that sent the person knows it.
std::string way_back(Purpose purpose, std::string_view target);

}  // namespace troupe::homeserver::sso
