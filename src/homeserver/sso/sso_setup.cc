#include "homeserver/sso/sso_setup.h"

#include "homeserver/sso/console_sign_in.h"
#include "homeserver/sso/sso_routes.h"
#include "host/age_clock.h"

namespace troupe::homeserver::sso {
namespace {

/// What GET /login says. Tokens are taken for it even where devices get none.
void offer_sso(Offers& offers, const identity::oidc::Providers& providers, const accounts::LoginTokens& tokens) {
  if (providers.all().empty()) return;
  matrix::JsonArray list;
  for (const auto& provider : providers.all())
    list.push_back(matrix::JsonObject{{"id", provider->settings().id}, {"name", provider->settings().name}});
  offers.login_flows.push_back(
      matrix::JsonObject{{"type", accounts::kStageSso}, {"identity_providers", std::move(list)}});
  if (tokens.life().count() == 0) offers.login_flows.push_back({{"type", accounts::kLoginByToken}});
}

}  // namespace

void setup_sso(host::Context& context, const SsoParts& parts) {
  auto& [accounts, offers] = parts;
  auto* vouching = context.find<identity::oidc::Providers>();
  auto* principals = context.find<identity::Principals>();
  auto* sessions = context.find<identity::Sessions>();
  if (!vouching || !principals || !sessions) return;  // a homeserver alone, as the tests of the port have it
  auto& providers = *vouching;
  const auto& clock = context.clock();
  auto& db = context.db();
  offer_sso(offers, providers, accounts.login_tokens);
  auto& sign_ins = context.make<SignIns>(SignIns::Parts{
      db, providers, {accounts.accounts, accounts.registration, *principals}, accounts.login_tokens, clock});
  auto& logouts =
      context.make<Logouts>(Logouts::Parts{db, providers, accounts.devices, *sessions, context.bus(), clock});
  auto& visits = context.make<oauth::Visits>(db, accounts.accounts, context.settings(), clock);
  auto& api = context.make<SsoApi>(SsoApi{sign_ins, visits, accounts.uia, accounts.accounts, context.settings()});
  if (!providers.all().empty()) {
    context.offer<identity::SignInElsewhere>(
        context.make<ConsoleSignIn>(providers, accounts.login_tokens, context.settings()));
  }
  auto& routes = context.routes();
  add_departure_routes(routes, api);
  add_arrival_routes(routes, api);
  add_confirm_routes(routes, api);
  add_logout_routes(routes, logouts);
  context.every({.name = "homeserver.single_sign_on",
                 .every = std::chrono::minutes(10),
                 .run = [&sign_ins, &ages = host::age_clock(context)] { return sign_ins.sweep(ages.unix_ms()); },
                 .singleton = true});
}

}  // namespace troupe::homeserver::sso
