// Tokens by which a call service learns who somebody is (Client-Server API #openid).
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "store/database.h"

namespace troupe::homeserver::accounts {

/// Who asked for a token, and at which device.
struct OpenIdOwner {
  std::string user_id;
  std::string device_id;  ///< empty: none
};

/// One per server; callable from any thread.
class OpenIdTokens {
 public:
  static constexpr std::chrono::seconds kLife{3600};

  OpenIdTokens(store::Database& db, const base::Clock& clock) : db_(db), clock_(clock) {}

  /// A new token, once it is durable. It ends with the device that asked for it; an empty one is none. Error:
  /// unknown_token (the device is gone by now).
  Task<std::string> issue(OpenIdOwner owner);
  /// Whose it is. Error: unknown_token.
  Task<OpenIdOwner> owner_of(std::string token);

 private:
  store::Database& db_;
  const base::Clock& clock_;
};

}  // namespace troupe::homeserver::accounts
