// Devices that signed in through OAuth know no password: what others prove with one, their people allow on a page of
// this server. Client-Server API #oauth-authentication.
#pragma once
#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "store/database.h"

namespace troupe::homeserver::accounts {

/// Where a person finds the account page, after the public address.
inline constexpr std::string_view kAccountPagePath = "/_matrix/client/oauth/account";

/// One per server; callable from any thread.
class DelegatedProof {
 public:
  /// How long the keys may be replaced after a person has allowed it.
  static constexpr std::chrono::minutes kResetLife{10};

  DelegatedProof(store::Database& db, const base::Clock& clock) : db_(db), clock_(clock) {}

  /// Whether the device signed in through OAuth.
  Task<bool> applies_to(std::string user_id, std::string device_id);
  /// The person allows that the account's cross-signing keys are replaced, once, soon.
  Task<Unit> allow_reset(std::string user_id);
  Task<bool> reset_is_allowed(std::string user_id);
  /// The keys have been replaced: the next time has to be allowed again.
  Task<Unit> end_reset(std::string user_id);

 private:
  store::Database& db_;
  const base::Clock& clock_;
};

}  // namespace troupe::homeserver::accounts
