#include "remote/settings.h"

namespace troupe::remote {
namespace {

host::Value homeserver_url() {
  auto value = host::text(&RemoteSettings::url);
  value.takes = "an address that begins with http:// or https://";
  value.read = [](host::Settings& s, const std::string& v) -> std::optional<std::string> {
    auto url = v;
    while (url.ends_with('/')) url.pop_back();
    if (!url.empty() && !url.starts_with("http://") && !url.starts_with("https://")) {
      return "must begin with http:// or https://";
    }
    s.edit<RemoteSettings>().url = url;
    return std::nullopt;
  };
  return value;
}

}  // namespace

std::vector<host::Setting> setting_rows() {
  using S = RemoteSettings;
  return {{.key = "homeserver.url",
           .value = homeserver_url(),
           .help = "a homeserver elsewhere, in place of the one in this program"},
          {.key = "homeserver.registration_secret",
           .environment = {"TROUPE_HOMESERVER_SECRET"},
           .value = host::text(&S::registration_secret),
           .help = "its registration_shared_secret",
           .secret = host::Secret::yes},
          {.key = "homeserver.admin_token",
           .value = host::text(&S::admin_token),
           .help = "an administrator's access token there",
           .secret = host::Secret::yes},
          {.key = "homeserver.as_token",
           .environment = {"TROUPE_AS_TOKEN"},
           .value = host::text(&S::as_token),
           .help = "with hs_token: bots act through an application service there",
           .secret = host::Secret::yes},
          {.key = "homeserver.hs_token",
           .environment = {"TROUPE_HS_TOKEN"},
           .value = host::text(&S::hs_token),
           .help = "what that homeserver shows when it pushes events here",
           .secret = host::Secret::yes},
          {.key = "homeserver.callback_url",
           .environment = {"TROUPE_HOMESERVER_CALLBACK"},
           .value = host::text(&S::callback_url),
           .help = "where that homeserver reaches listen.matrix"}};
}

void review_settings(const host::Settings& settings, host::Review& review) {
  const auto& remote = settings.of<RemoteSettings>();
  const auto complain = [&](std::string message) {
    review.problems.push_back({.fatal = true, .where = "homeserver", .message = std::move(message)});
  };
  if (remote.as_token.empty() != remote.hs_token.empty()) {
    complain("homeserver.as_token and homeserver.hs_token must be set together");
  }
  if (remote.url.empty() && !(remote.registration_secret.empty() && remote.admin_token.empty() &&
                              remote.as_token.empty() && remote.callback_url.empty())) {
    complain("homeserver.url is not set, so the other homeserver.* keys have no meaning");
  }
}

}  // namespace troupe::remote
