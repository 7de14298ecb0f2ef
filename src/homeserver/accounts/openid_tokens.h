// Tokens by which a call service learns who somebody is (Client-Server API #openid).
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "store/database.h"

namespace troupe::homeserver::accounts {

/// One per server; callable from any thread.
class OpenIdTokens {
 public:
  static constexpr std::chrono::seconds kLife{3600};

  OpenIdTokens(store::Database& db, const base::Clock& clock) : db_(db), clock_(clock) {}

  /// A new token, once it is durable.
  Task<std::string> issue(std::string user_id);
  /// Whose it is. Error: unknown_token.
  Task<std::string> user_of(std::string token);

 private:
  store::Database& db_;
  const base::Clock& clock_;
};

}  // namespace troupe::homeserver::accounts
