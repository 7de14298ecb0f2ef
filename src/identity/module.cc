#include "identity/module.h"

#include "host/age_clock.h"
#include "identity/anchors/room_notes.h"
#include "identity/anchors/time_stamps.h"
#include "identity/audit.h"
#include "identity/audit_anchors.h"
#include "identity/authenticator.h"
#include "identity/migrations.gen.h"
#include "identity/oidc/provider.h"
#include "identity/settings.h"
#include "identity/tenants.h"

namespace troupe::identity {
namespace {

Result<AuditAnchors::Places> places_of(host::Context& c) {
  const auto& settings = c.settings().of<IdentitySettings>();
  AuditAnchors::Places places;
  if (!settings.anchor_tsa.empty()) {
    auto checker = anchors::StampChecker::make(settings.anchor_tsa_ca);
    if (!checker) return Error(Errc::invalid_param, "audit.anchor_tsa_ca: " + checker.error().message());
    places.push_back(std::make_unique<anchors::TimeStamps>(settings.anchor_tsa, *std::move(checker), c.http()));
  }
  if (!settings.anchor_homeserver.empty()) {
    auto base_url = settings.anchor_homeserver;
    while (base_url.ends_with('/')) base_url.pop_back();
    places.push_back(
        std::make_unique<anchors::RoomNotes>(anchors::RoomNotes::Account{.base_url = std::move(base_url),
                                                                         .token = settings.anchor_token,
                                                                         .room_id = settings.anchor_room,
                                                                         .server_name = c.settings().server_name},
                                             c.http()));
  }
  return places;
}

Result<Unit> set_up_anchors(host::Context& c, Audit& audit) {
  TRY(auto places, places_of(c));
  const bool any = !places.empty();
  const auto& settings = c.settings().of<IdentitySettings>();
  const AuditAnchors::Rules rules{.every = std::chrono::minutes(settings.anchor_minutes),
                                  .keep_days = settings.keep_audit_days};
  const auto& ages = host::age_clock(c);
  auto& anchors = c.make<AuditAnchors>(AuditAnchors::Uses{.db = c.db(), .audit = audit, .clock = c.clock()},
                                       std::move(places), rules);
  c.offer(anchors);
  c.every({.name = "identity.sweep_anchors",
           .every = std::chrono::hours(1),
           .run = [&anchors, &ages] { return anchors.sweep(ages.unix_ms()); },
           .singleton = true});
  if (!any) return Unit{};
  c.every({.name = "identity.anchor_audit",
           .every = std::chrono::minutes(1),
           .run = [&anchors] { return anchors.run(); },
           .singleton = true});
  c.health("audit_anchors", [&anchors] { return anchors.trouble(); });
  return Unit{};
}

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
  c.every({.name = "identity.write_audit", .every = std::chrono::seconds(5), .run = [&audit] {
             return audit.write_waiting();
           }});
  c.health("audit", [&audit] { return audit.trouble(); });
  c.on_stop([&audit] { return audit.write_waiting(); });
  TRY(set_up_anchors(c, audit));
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
          .review = [](const host::Settings& settings, host::Review& review) {
            review_settings(settings, review);
            oidc::review_settings(settings, review);
          }};
}

}  // namespace troupe::identity
