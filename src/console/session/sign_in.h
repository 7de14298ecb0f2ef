// People come in by their password, or because a provider vouches for them, and go again. The homeserver knows both.
#pragma once
#include <string>

#include "api/kit.h"
#include "identity/sessions.h"
#include "identity/sign_in_elsewhere.h"
#include "matrix/accounts.h"

namespace troupe::console::session {

/// An account that somebody has just proved to be theirs. Made by SignIn alone.
class Proven {
 public:
  const matrix::Account& account() const { return account_; }

 private:
  friend class SignIn;
  explicit Proven(matrix::Account account) : account_(std::move(account)) {}
  matrix::Account account_;
  identity::Vouched vouched_;  ///< empty: it was a password
};

/// A console session that has begun.
struct Entered {
  identity::Principal principal;
  base::UnixMs expires_ms = 0;
  std::string cookie;  ///< for Set-Cookie
};

/// One for all handlers; callable from any thread.
class SignIn {
 public:
  /// `elsewhere`: nullptr when there are no providers.
  SignIn(const api::Kit& kit, matrix::Accounts& accounts, identity::Principals& principals,
         identity::Sessions& sessions, identity::SignInElsewhere* elsewhere)
      : kit_(kit), accounts_(accounts), principals_(principals), sessions_(sessions), elsewhere_(elsewhere) {}

  /// Who vouches for people, beside their passwords; nullptr: nobody.
  const identity::SignInElsewhere* elsewhere() const { return elsewhere_; }
  /// By the token that a provider's answer ended with. Errors: forbidden, unknown_token (locked).
  Task<Proven> check_vouched(std::string token) const;

  /// By local part or user id. Errors: forbidden (wrong name or password: not told apart), limit_exceeded.
  Task<Proven> check(const net::route::Call& call, std::string user, std::string password) const {
    return check_from(accounts_, std::move(user), std::move(password), call.request.remote_address);
  }
  /// Begins a session in place of the one whose cookie the request bears, and puts it on record, with `detail`.
  Task<Entered> enter(const net::route::Call& call, Proven who, boost::json::object detail = {}) const;
  /// Somebody did not get in as this user: on record where that account belongs, by the address it came from.
  asio::awaitable<void> refuse(const net::route::Call& call, std::string user, boost::json::object detail = {}) const;
  /// Ends the session whose cookie the request bears. False: it bears none.
  Task<bool> leave(const net::route::Call& call) const;

 private:
  static Task<Proven> check_from(matrix::Accounts& accounts, std::string user, std::string password,
                                 std::string address);

  api::Kit kit_;
  matrix::Accounts& accounts_;
  identity::Principals& principals_;
  identity::Sessions& sessions_;
  identity::SignInElsewhere* elsewhere_;
};

/// The Set-Cookie that takes a session's cookie away.
std::string no_cookie(const net::route::Call& call);

}  // namespace troupe::console::session
