#include "identity/module.h"

#include "host/age_clock.h"
#include "identity/audit.h"
#include "identity/authenticator.h"
#include "identity/migrations.gen.h"
#include "identity/oidc/provider.h"
#include "identity/settings.h"
#include "identity/tenants.h"

namespace troupe::identity {
namespace {

Result<Unit> setup(host::Context& c) {
  auto& principals = c.make<Principals>(c.db(), c.clock());
  auto& guard = c.make<net::route::CredentialGuard>(c.settings().rate_limits, c.clock());
  auto& sessions = c.make<Sessions>(c.db(), guard, c.clock());
  auto& api_keys = c.make<ApiKeys>(c.db(), guard, c.clock());
  auto& acting_keys = c.make<ActingKeys>(c.clock());
  auto& audit = c.make<Audit>(c.db(), c.bus(), c.clock());
  TRY(auto local, principals.service_now("command line", net::route::Role::admin));
  TRY(auto api_token, principals.service_now("TROUPE_API_TOKEN", net::route::Role::admin));
  TRY(auto dev_token, principals.service_now("AUTH_DEV_TOKEN", net::route::Role::admin));
  PlatformAuthenticator::Services services{.principals = principals,
                                           .sessions = sessions,
                                           .api_keys = api_keys,
                                           .guard = guard,
                                           .clock = c.clock(),
                                           .accounts = [&c] { return &c.get<matrix::Accounts>(); },
                                           .acting = &acting_keys};
  auto& authenticator = c.make<PlatformAuthenticator>(std::move(services), c.settings(), std::move(local),
                                                      std::move(api_token), std::move(dev_token));
  c.listen(host::platform_listener(), c.settings().listen_platform);
  c.routes().add_scheme(std::string(host::kSessionScheme), authenticator);
  c.offer(authenticator);
  c.offer(principals);
  c.offer(sessions);
  c.offer(api_keys);
  c.offer(acting_keys);
  c.offer(audit);
  c.offer(c.make<Tenants>(c.db(), c.clock()));
  c.offer(c.make<oidc::Providers>(c.settings().of<oidc::OidcSettings>(), c.http(), c.clock()));
  const auto& ages = host::age_clock(c);
  const auto& settings = c.settings().of<IdentitySettings>();
  c.every({.name = "identity.sweep_sessions",
           .every = std::chrono::hours(1),
           .run = [&sessions, &ages] { return sessions.sweep(ages.unix_ms()); },
           .singleton = true});
  c.every({.name = "identity.sweep_audit",
           .every = std::chrono::hours(1),
           .run = [&audit, &ages, days = settings.keep_audit_days] { return audit.sweep(days, ages.unix_ms()); },
           .singleton = true});
  c.every(
      {.name = "identity.sweep_keys",
       .every = std::chrono::hours(1),
       .run = [&api_keys, &ages, days = settings.keep_ended_keys_days] { return api_keys.sweep(days, ages.unix_ms()); },
       .singleton = true});
  return Unit{};
}

}  // namespace

host::Module identity_module() {
  const auto all = migrations();
  auto settings = setting_rows();
  for (auto& row : oidc::setting_rows()) settings.push_back(std::move(row));
  return {.name = "identity",
          .migrations = {all.begin(), all.end()},
          .setup = setup,
          .settings = std::move(settings),
          .review = oidc::review_settings};
}

}  // namespace troupe::identity
