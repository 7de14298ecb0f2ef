// Making an account on a page, where the server lets people do so.
#pragma once
#include <algorithm>
#include <string>

#include "homeserver/accounts/account_service.h"
#include "homeserver/accounts/registration.h"

namespace troupe::homeserver::oauth {

/// One per server; callable from any thread.
class SignUp {
 public:
  SignUp(accounts::AccountService& accounts, accounts::RegistrationRules& rules) : accounts_(accounts), rules_(rules) {}

  /// Whether a name, a password and at most a registration token are enough. Where more is asked for, clients register
  /// over /register.
  bool offered() const;
  bool wants_token() const;
  /// Of the password, in characters: as the console asks for, or more where the server wants more.
  std::int64_t least_password() const { return std::max<std::int64_t>(kLeastPassword, accounts_.least_password()); }
  /// Errors: forbidden (not offered, no valid token), user_in_use, M_INVALID_USERNAME, M_EXCLUSIVE, invalid_param
  /// (password), limit_exceeded.
  Task<Unit> make(std::string user, std::string password, std::string token);

 private:
  static constexpr std::int64_t kLeastPassword = 8;
  accounts::AccountService& accounts_;
  accounts::RegistrationRules& rules_;
};

}  // namespace troupe::homeserver::oauth
