#include "identity/settings.h"

namespace troupe::identity {
namespace {

constexpr host::Bounds kDaysOrForEver{
    .least = 0, .most = 36'500, .takes = "a number of days from 0 (for ever) to 36500"};

}  // namespace

std::vector<host::Setting> setting_rows() {
  using S = IdentitySettings;
  return {{.key = "admin.api_token",
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
           .environment = {"TROUPE_KEEP_AUDIT_DAYS"},
           .value = host::number(&S::keep_audit_days, kDaysOrForEver),
           .help = "records of the audit log, 1 to 36500 days; 0: for ever"},
          {.key = "keep.ended_keys_days",
           .environment = {"TROUPE_KEEP_ENDED_KEYS_DAYS"},
           .value = host::number(&S::keep_ended_keys_days, kDaysOrForEver),
           .help = "API keys after they were revoked or expired, 1 to 36500 days; 0: for ever"}};
}

}  // namespace troupe::identity
