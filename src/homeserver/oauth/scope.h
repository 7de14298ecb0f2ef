// What a client may ask for. Client-Server API #scope.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace troupe::homeserver::oauth {

/// Every grant is for the whole client-server API, on one device.
struct Scope {
  std::string device_id;
  bool openid = false;  ///< an ID token is wanted, too
  std::string granted;  ///< as it is said to the client, in its spelling; what nobody here knows is left out
};

inline constexpr std::size_t kMaxScopeBytes = 2048;

/// Takes the names from before they were specified (org.matrix.msc2967.client), too. Error: invalid_param
/// "invalid_scope": the API or the device is missing, or there are two devices, or the device's id is not 10 to 255
/// unreserved characters.
Result<Scope> read_scope(std::string_view text);

}  // namespace troupe::homeserver::oauth
