#include "homeserver/oauth/oauth_setup.h"

#include "homeserver/common/settings.h"
#include "homeserver/oauth/oauth_routes.h"
#include "host/age_clock.h"

namespace troupe::homeserver::oauth {

void setup_oauth(host::Context& context, accounts::AccountParts& accounts) {
  const auto& settings = context.settings();
  if (!settings.of<OAuthSettings>().enabled) return;
  auto& db = context.db();
  const auto& clock = context.clock();
  auto& routes = context.routes();
  auto& clients = context.make<Clients>(db, clock);
  auto& grants = context.make<Grants>(Grants::Parts{db, accounts.devices, settings, clock});
  auto& links = context.make<Links>(db, grants, clock);
  auto& visits = context.make<Visits>(db, accounts.accounts, settings, clock);
  auto& sign_up = context.make<SignUp>(accounts.accounts, accounts.registration);
  auto& id_tokens = context.make<IdTokens>(db, context.sealing_key(), clock);
  add_metadata_routes(routes, context.make<MetadataApi>(MetadataApi{id_tokens, sign_up, settings}));
  add_token_routes(routes, context.make<TokenApi>(TokenApi{clients, grants, links, id_tokens, settings}));
  add_authorize_pages(routes,
                      context.make<AuthorizeApi>(AuthorizeApi{clients, grants, visits, accounts.devices, sign_up}));
  add_sign_up_pages(routes, context.make<SignUpApi>(SignUpApi{visits, sign_up}));
  add_link_pages(routes, context.make<LinkApi>(LinkApi{clients, links, visits, accounts.devices}));
  add_account_pages(routes, context.make<AccountPageApi>(AccountPageApi{visits, accounts.accounts, accounts.devices,
                                                                        accounts.delegated, accounts.uia}));
  context.every({.name = "homeserver.oauth",
                 .every = std::chrono::minutes(10),
                 .run = [&clients, &grants, &links, &ages = host::age_clock(context)]() -> Task<Unit> {
                   const auto now = ages.unix_ms();
                   CO_TRY(co_await grants.sweep(now));
                   CO_TRY(co_await links.sweep(now));
                   co_return co_await clients.sweep(now);
                 },
                 .singleton = true});
}

}  // namespace troupe::homeserver::oauth
