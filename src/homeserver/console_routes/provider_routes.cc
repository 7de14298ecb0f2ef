// /api/v1/homeserver/providers: who vouches for people, and whether they answer.
#include "api/paging.h"
#include "api/words.h"
#include "homeserver/common/public_address.h"
#include "homeserver/console_routes/homeserver_routes.h"
#include "homeserver/console_routes/homeserver_shapes.h"
#include "homeserver/console_routes/server_group.h"
#include "homeserver/sso/sso_routes.h"

namespace troupe::homeserver::console_routes {
namespace {

using namespace api::words;
using identity::oidc::Provider;

ShownProvider shown(const ProvidersApi& console, const Provider& provider, identity::oidc::ProviderState state) {
  ShownProvider out{.settings = provider.settings(), .state = std::move(state)};
  if (const auto own = configured_address(console.settings); !own.empty()) {
    out.redirect_uri = own + std::string(sso::kCallbackPath);
    if (provider.settings().backchannel_logout) out.logout_uri = own + std::string(sso::kLogoutPath);
  }
  return out;
}

Task<Response> list_providers(ProvidersApi& console, Call&) {
  std::vector<ShownProvider> rows;
  for (const auto& provider : console.providers.all()) rows.push_back(shown(console, *provider, provider->state()));
  co_return reply(api::whole_list(api::write_all(rows)));
}

Task<Response> test_provider(ProvidersApi& console, Call& call) {
  auto* provider = console.providers.find(call.param("provider_id"));
  if (!provider) co_return Error(Errc::not_found, "There is no such sign-in provider.");
  CO_TRY(auto state, co_await provider->test());
  co_return api::answer(shown(console, *provider, std::move(state)));
}

}  // namespace

void add_provider_routes(net::route::Router& routes, ProvidersApi& console) {
  const ServerGroup group(routes, "/providers");
  group.add({.method = "GET",
             .summary = "The providers of OpenID Connect, and how they answered last",
             .reply = TROUPE_REF("HomeserverProviders"),
             .run = api::bind(list_providers, console)});
  group.add({.method = "POST",
             .path = "/{provider_id}/test",
             .summary = "Ask a provider now for its document and its keys",
             .rate = net::route::Rate::login,
             .reply = TROUPE_REF("HomeserverProvider"),
             .run = api::bind(test_provider, console)});
}

}  // namespace troupe::homeserver::console_routes
