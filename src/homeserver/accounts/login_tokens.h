// Tokens by which a device that is signed in lets another one in (Client-Server API
// #post_matrixclientv1loginget_token).
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "homeserver/common/settings.h"
#include "host/settings.h"
#include "store/database.h"

namespace troupe::homeserver::accounts {

/// Types of POST /login.
inline constexpr std::string_view kLoginByPassword = "m.login.password";
inline constexpr std::string_view kLoginByToken = "m.login.token";

/// One per server; callable from any thread. The tokens lie in the database, so that any process takes them.
class LoginTokens {
 public:
  /// Tokens of one account that wait to be used.
  static constexpr std::int64_t kMaxOpen = 10;

  LoginTokens(store::Database& db, const host::Settings& settings, const base::Clock& clock)
      : db_(db), settings_(settings), clock_(clock) {}

  /// How long a new token lives; zero: none are made (LoginSettings::token_timeout_s).
  std::chrono::seconds life() const { return std::chrono::seconds(settings_.of<LoginSettings>().token_timeout_s); }
  /// A new token, once it is durable. It ends with the device that asked for it (empty: none). Error: limit_exceeded
  /// (kMaxOpen).
  Task<std::string> issue(std::string user_id, std::string device_id);
  /// Whose it is; it is used up then, whatever becomes of the sign-in. Errors: forbidden (unknown, used or expired, or
  /// the account is deactivated), unknown_token M_USER_LOCKED.
  Task<std::string> redeem(std::string token);

 private:
  store::Database& db_;
  const host::Settings& settings_;
  const base::Clock& clock_;
};

}  // namespace troupe::homeserver::accounts
