// The keys of the configuration that remote reads: a homeserver elsewhere, in place of the embedded one.
#pragma once
#include <string>
#include <vector>

#include "host/setting.h"

namespace troupe::remote {

struct RemoteSettings {
  std::string url;                  ///< of its client-server API, without a slash at the end; empty: the embedded one
  std::string registration_secret;  ///< its registration_shared_secret: accounts are made with it
  std::string admin_token;          ///< access token of an administrator there, for its admin API
  std::string as_token;             ///< with hs_token: bots act through an application service
  std::string hs_token;
  std::string callback_url;  ///< where that homeserver reaches our Matrix listener; empty: the listener's address
};

std::vector<host::Setting> setting_rows();
void review_settings(const host::Settings& settings, host::Review& review);

}  // namespace troupe::remote
