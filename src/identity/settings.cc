#include "identity/settings.h"

#include "host/endpoint.h"
#include "net/http/url.h"

namespace troupe::identity {
namespace {

constexpr host::Bounds kDaysOrForEver{
    .least = 0, .most = 36'500, .takes = "a number of days from 0 (for ever) to 36500"};

constexpr host::Bounds kMinutes{.least = 5, .most = 10'080, .takes = "a number of minutes from 5 to 10080"};

std::optional<std::string> wrong_address(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto url = net::http::Url::parse(text);
  if (!url || (!url->tls && !host::is_loopback(url->host))) return "must be an https address";
  return std::nullopt;
}

}  // namespace

std::vector<host::Setting> setting_rows() {
  using S = IdentitySettings;
  return {{.key = "audit.anchor_tsa",
           .value = host::text(&S::anchor_tsa, "an https address", &wrong_address),
           .help = "a time-stamping authority (RFC 3161) that anchors the audit log; empty: none"},
          {.key = "audit.anchor_tsa_ca",
           .value = host::text(&S::anchor_tsa_ca),
           .help = "PEM file with the authority's root certificates; empty: the system's"},
          {.key = "audit.anchor_homeserver",
           .value = host::text(&S::anchor_homeserver, "an https address", &wrong_address),
           .help = "a homeserver elsewhere, in a room of which the audit log is anchored; empty: none"},
          {.key = "audit.anchor_token",
           .value = host::text(&S::anchor_token),
           .help = "access token of the account there that writes",
           .secret = host::Secret::yes},
          {.key = "audit.anchor_room",
           .value = host::text(&S::anchor_room),
           .help = "the room's id there, e.g. !log:matrix.example.org"},
          {.key = "audit.anchor_minutes",
           .value = host::number(&S::anchor_minutes, kMinutes),
           .help = "how often a log that has grown is anchored, 5 to 10080 minutes"},
          {.key = "admin.api_token",
           .environment = {"TROUPE_API_TOKEN"},
           .value = host::text(&S::api_token),
           .help = "an administrator's API key",
           .secret = host::Secret::credential},
          {.key = "admin.dev_token",
           .environment = {"AUTH_DEV_TOKEN"},
           .value = host::text(&S::dev_token),
           .help = "an API key with scope assistant",
           .secret = host::Secret::credential},
          {.key = "keep.audit_days",
           .value = host::number(&S::keep_audit_days, kDaysOrForEver),
           .help = "records of the audit log, 1 to 36500 days; 0: for ever"},
          {.key = "keep.ended_keys_days",
           .value = host::number(&S::keep_ended_keys_days, kDaysOrForEver),
           .help = "API keys after they were revoked or expired, 1 to 36500 days; 0: for ever"}};
}

void review_settings(const host::Settings& settings, host::Review& review) {
  const auto& own = settings.of<IdentitySettings>();
  const auto set = !own.anchor_homeserver.empty() + !own.anchor_token.empty() + !own.anchor_room.empty();
  if (set != 0 && set != 3)
    review.problems.push_back({.where = "audit",
                               .message = "anchor_homeserver, anchor_token and anchor_room belong together: set all "
                                          "three, or none"});
  if (own.anchor_tsa.empty() && !own.anchor_tsa_ca.empty())
    review.problems.push_back({.where = "audit.anchor_tsa_ca", .message = "is of no use without audit.anchor_tsa"});
}

}  // namespace troupe::identity
