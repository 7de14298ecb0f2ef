#include "meetings/vexa/set_up.h"

#include "meetings/vexa_live/live.h"

namespace troupe::meetings::vexa {
namespace {

/// As whom the audit log knows whoever has the admin secret.
constexpr std::string_view kAdminName = "ADMIN_API_TOKEN";

net::route::Listener own_listener() {
  return {.name = std::string(kListener),
          .dialect = net::route::Dialect::detail,
          .scheme = std::string(kBotKeys),
          .cors = true};
}

}  // namespace

Result<Unit> set_up(host::Context& c, const Parts& parts, Rules rules, const Doors& doors) {
  auto& principals = c.get<identity::Principals>();
  auto& guard = c.make<net::route::CredentialGuard>(c.settings().rate_limits, c.clock());
  auto& users = c.make<Users>(c.db(), guard, c.clock());
  const KeyScheme::Uses uses{.users = users,
                             .principals = principals,
                             .authenticator = c.get<identity::PlatformAuthenticator>(),
                             .guard = guard};
  const bool strict = rules.style.strict_a;
  const auto refusals = strict ? kStrictRefusals : Refusals{};
  const auto add = [&](std::string_view name, Refusals shown, std::vector<std::string_view> scopes) -> KeyScheme& {
    auto& scheme = c.make<KeyScheme>(uses, shown, std::move(scopes));
    c.routes().add_scheme(std::string(name), scheme);
    return scheme;
  };
  add(kBotKeys, refusals, {kBotScope});
  auto& readers = add(kTranscriptKeys, refusals, {kTranscriptScope, kBotScope});
  add(kUserKeys, strict ? kStrictUserRefusals : Refusals{}, {kBotScope, kTranscriptScope});
  identity::Principal admin;
  if (!doors.admin_token.empty()) {
    TRY(admin, principals.service_now(kAdminName, net::route::Role::admin));
  }
  c.routes().add_scheme(std::string(kAdminKey), c.make<AdminScheme>(doors.admin_token, std::move(admin), guard));
  if (!doors.listen.empty()) c.listen(own_listener(), doors.listen);
  auto& dialect = c.make<Dialect>(Dialect{.kit = api::kit_of(c),
                                          .meetings = parts.meetings,
                                          .transcripts = parts.transcripts,
                                          .recordings = parts.recordings,
                                          .readers = parts.readers,
                                          .listeners = c.make<routes::Readers>(c.clock()),
                                          .webhooks = parts.webhooks,
                                          .call_bots = parts.call_bots,
                                          .users = users,
                                          .reading = Reading(c.db()),
                                          .db = c.db(),
                                          .rules = std::move(rules),
                                          .shares = c.make<Shares>(c.db(), c.clock()),
                                          .settings = c.settings(),
                                          .rate = c.make<CallRate>(c.settings().rate_limits, c.clock()),
                                          .courier = parts.courier,
                                          .own_bot = parts.own_bot});
  add_routes(dialect, !doors.listen.empty());
  auto& live = c.make<vexa_live::Live>(vexa_live::Live::Uses{.db = c.db(),
                                                             .transcripts = parts.transcripts,
                                                             .bell = parts.bell,
                                                             .bus = c.bus(),
                                                             .clock = c.clock(),
                                                             .keys = readers,
                                                             .rate_limits = c.settings().rate_limits});
  const std::string platform(net::route::kPlatformListener);
  vexa_live::add_live_route(c.routes(), live, platform, "");
  vexa_live::add_live_route(c.routes(), live, platform, "/vexa");
  if (!doors.listen.empty()) vexa_live::add_live_route(c.routes(), live, std::string(kListener), "");
  return Unit{};
}

}  // namespace troupe::meetings::vexa
