// Tokens by which a device that is signed in lets another one in (Client-Server API
// #post_matrixclientv1loginget_token), and with which people come back from single sign-on (#sso-client-login).
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/common/settings.h"
#include "host/settings.h"
#include "store/database.h"

namespace troupe::homeserver::accounts {

/// Types of POST /login.
inline constexpr std::string_view kLoginByPassword = "m.login.password";
inline constexpr std::string_view kLoginByToken = "m.login.token";

/// Where a token is good. One for the console is none for POST /login, nor the other way round: nobody who was let into
/// an app comes into the console with that.
enum class TakenBy : std::uint8_t { clients, console };

/// One per server; callable from any thread. The tokens lie in the database, so that any process takes them.
class LoginTokens {
 public:
  /// Tokens of one account that wait to be used.
  static constexpr std::int64_t kMaxOpen = 10;

  /// Life of a token that single sign-on ends with.
  static constexpr std::chrono::minutes kSsoLife{2};

  /// Whose a token is. One from single sign-on is used up by use() alone, so that a logout at the provider finds either
  /// the token or the device.
  struct Redeemed {
    std::string user_id;
    std::string token_hash;
    SsoOrigin origin;
    std::string asked_by;  ///< the device that asked for it; empty: none
  };

  LoginTokens(store::Database& db, const host::Settings& settings, const base::Clock& clock)
      : db_(db), settings_(settings), clock_(clock) {}

  /// How long a new token lives; zero: none are made (LoginSettings::token_timeout_s).
  std::chrono::seconds life() const { return std::chrono::seconds(settings_.of<LoginSettings>().token_timeout_s); }
  /// Whether any token is taken here: those of devices, or of single sign-on.
  bool taken() const;
  /// A new token, once it is durable. It ends with the device that asked for it (empty: none), and the one that it lets
  /// in came from where that one did. Errors: limit_exceeded (kMaxOpen), unknown_token (the device is gone).
  Task<std::string> issue(std::string user_id, std::string device_id);
  /// The same for somebody whom a provider vouches for. `when` is asked in the same transaction, and may refuse.
  /// Errors: limit_exceeded (kMaxOpen), those of `when`.
  Task<std::string> issue_for(std::string user_id, SsoOrigin origin, std::function<Result<Unit>(store::Tx&)> when,
                              TakenBy taken_by = TakenBy::clients);
  /// Whose it is; one of a device is used up then, whatever becomes of the sign-in. Errors: forbidden (unknown, used or
  /// expired, or the account is deactivated), unknown_token M_USER_LOCKED.
  Task<Redeemed> redeem(std::string token, TakenBy taken_by = TakenBy::clients);
  /// In the transaction of the sign-in: uses the token up, and notes where the device came from; of one without origin
  /// the device that asked must be there still. Error: forbidden (it was used or has ended meanwhile).
  static Result<Unit> use(store::Tx& tx, const Redeemed& redeemed, const std::string& device_id);
  /// The same where no device comes of it. Error: forbidden (also for one without origin).
  static Result<Unit> use_without_device(store::Tx& tx, const Redeemed& redeemed);

 private:
  Task<std::string> issue_row(account_store::LoginTokenRow row, std::chrono::milliseconds life,
                              std::function<Result<Unit>(store::Tx&)> when, TakenBy taken_by);
  store::Database& db_;
  const host::Settings& settings_;
  const base::Clock& clock_;
};

}  // namespace troupe::homeserver::accounts
