#include "homeserver/accounts/account_parts.h"

#include "homeserver/accounts/credentials.h"
#include "homeserver/accounts/service_scheme.h"
#include "host/age_clock.h"
#include "host/listeners.h"

namespace troupe::homeserver::accounts {

AccountParts::AccountParts(host::Context& context, AccountObserver& observer, const AccountsNeed& need)
    : sessions(make_sessions(context.db(), context.clock(), context.metrics(), context.settings(), kCachedSessions,
                             need.services)),
      passwords(context.passwords()),
      accounts({context.db(), *sessions, passwords, context.bus(), context.settings(), context.clock(), observer,
                host::age_clock(context), need.services}),
      devices({context.db(), *sessions, context.clock(), observer, context.settings(), host::age_clock(context)}),
      registration(context.db(), context.settings(), context.clock(), need.services),
      uia(accounts, registration, context.clock(), need.proofs),
      guests({context.db(), accounts, context.settings(), context.clock(), host::age_clock(context)}),
      login_tokens(context.db(), context.settings(), context.clock()),
      openid(context.db(), context.clock()),
      profiles(context.db(), observer),
      nonces(context.clock()),
      delegated(context.db(), context.clock()),
      proofs(need.proofs),
      services(need.services),
      queries(need.queries) {}

void offer_accounts(Offers& offers, const host::Settings& settings) {
  offers.unstable_features.emplace_back("uk.tcpip.msc4133.stable");  // profile fields
  for (const auto* name : {"m.change_password", "m.set_displayname", "m.set_avatar_url", "m.profile_fields"})
    offers.capabilities[name] = {{"enabled", true}};
  offers.capabilities["m.3pid_changes"] = {{"enabled", settings.of<MailSettings>().enabled()}};
  const bool login_tokens = settings.of<LoginSettings>().token_timeout_s > 0;
  offers.capabilities["m.get_login_token"] = {{"enabled", login_tokens}};
  offers.admin_capabilities["m.account_moderation"] = {{"lock", true}, {"suspend", true}};
  offers.login_flows.push_back({{"type", kLoginByPassword}});
  if (login_tokens) offers.login_flows.push_back({{"type", kLoginByToken}, {"get_login_token", true}});
}

void setup_accounts(host::Context& context, AccountParts& parts, Offers& offers) {
  auto& router = context.routes();
  const auto& settings = context.settings();
  auto& [sessions, passwords, accounts, devices, registration, uia, guests, login_tokens, openid, profiles, nonces,
         delegated, proofs, services, queries] = parts;
  router.add_scheme(std::string(host::kMatrixScheme), *sessions);
  offer_accounts(offers, settings);
  if (services && !services->empty()) {
    offers.login_flows.push_back({{"type", kLoginByService}});
    router.add_scheme(std::string(kServiceScheme), context.make<ServiceScheme>(*services));
  }
  add_login_routes(router,
                   context.make<LoginApi>(LoginApi{accounts, devices, login_tokens, settings, offers, services}));
  add_login_token_routes(router, context.make<LoginTokenApi>(LoginTokenApi{login_tokens, uia}));
  add_register_routes(router, context.make<RegisterApi>(RegisterApi{accounts, devices, registration, uia, guests,
                                                                    settings, proofs, services}));
  add_shared_secret_routes(router, context.make<SharedSecretApi>(SharedSecretApi{accounts, devices, nonces, settings}));
  auto& account_api = context.make<AccountApi>(AccountApi{accounts, uia, openid, settings, proofs});
  add_account_routes(router, account_api);
  if (proofs)
    add_mail_routes(router, context.make<MailApi>(MailApi{accounts, registration, uia, *proofs}));
  else
    add_third_party_routes(router, account_api);
  add_device_routes(router, context.make<DeviceApi>(DeviceApi{devices, uia}));
  add_profile_routes(router, context.make<ProfileApi>(ProfileApi{profiles, context.db(), settings, queries, services}));
  add_moderation_routes(router, accounts);

  context.every({.name = "homeserver.last_seen", .every = std::chrono::minutes(1), .run = [&parts] {
                   return parts.sessions->write_last_seen();
                 }});
  context.every({.name = "homeserver.deactivations",
                 .every = std::chrono::minutes(10),
                 .run = [&parts] { return parts.accounts.finish_deactivations(); },
                 .singleton = true});
  context.every({.name = "homeserver.unused_guests",
                 .every = std::chrono::minutes(10),
                 .run = [&parts] { return parts.guests.sweep(); },
                 .singleton = true});
  context.every({.name = "homeserver.devices",
                 .every = std::chrono::hours(1),
                 .run = [&parts] { return parts.devices.sweep(); },
                 .singleton = true});
}

}  // namespace troupe::homeserver::accounts
