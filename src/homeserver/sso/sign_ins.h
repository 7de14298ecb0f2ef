// Sign-ins through a provider, from leaving until whoever waits for them is told: Client-Server API #sso-during-login.
#pragma once
#include <string>

#include "base/clock.h"
#include "homeserver/accounts/account_service.h"
#include "homeserver/accounts/login_tokens.h"
#include "homeserver/accounts/registration.h"
#include "homeserver/sso/sign_in_store.h"
#include "identity/oidc/provider.h"
#include "identity/principals.h"

namespace troupe::homeserver::sso {

/// The browser in which it happens. What leaves with it is worth nothing in another one.
struct Browser {
  std::string cookie;        ///< nobody else knows it
  std::string redirect_uri;  ///< where the provider sends it back to
  std::string address;       ///< where it is
};

/// What the provider sends a browser back with.
struct Arrival {
  std::string state;
  std::string code;
  std::optional<std::string> issuer;  ///< `iss`
};

/// The accounts here, and whose they are.
struct People {
  accounts::AccountService& accounts;
  const accounts::RegistrationRules& registration;
  identity::Principals& principals;
};

/// One per server; callable from any thread. Sign-ins on their way lie in the database, so that any process goes on
/// with them, and for as long as kLife at each step.
class SignIns {
 public:
  static constexpr std::chrono::minutes kLife{15};
  static constexpr std::size_t kMaxStateBytes = 64;
  static constexpr std::size_t kMaxCodeBytes = 4096;

  struct Parts {
    store::Database& db;
    identity::oidc::Providers& providers;
    People people;
    accounts::LoginTokens& tokens;
    const base::Clock& clock;
  };
  explicit SignIns(Parts parts) : parts_(parts) {}

  identity::oidc::Providers& providers() const { return parts_.providers; }

  /// Where to send the browser. Error: unavailable (the provider).
  Task<std::string> begin(identity::oidc::Provider& provider, Purpose purpose, std::string target, Browser browser);
  /// Back from the provider: redeems the code, once, and finds whose account it is. A new person gets an account; one
  /// whose name is taken, or who has none, is asked for one (Step::name). Errors: forbidden (not begun in this browser,
  /// too late, or again; not confirmed by the provider; the account is locked or deactivated), unavailable.
  Task<SignInRow> arrive(Arrival arrival, Browser browser);
  /// One that has arrived. Error: forbidden.
  Task<SignInRow> find(std::string state, std::string cookie);
  /// The person has chosen a name. Errors: those of find(); user_in_use, invalid_param.
  Task<SignInRow> choose_name(std::string state, std::string cookie, std::string localpart);
  /// Ends it with a login token for the client, or the console. Errors: forbidden, limit_exceeded.
  Task<std::string> give_token(SignInRow row);
  /// Ends it. Error: forbidden, when it has ended meanwhile.
  Task<Unit> end(SignInRow row);
  /// Breaks it off: the provider, or the person, said no.
  Task<Unit> break_off(std::string state, std::string cookie);
  /// Forgets what came to nothing. From a job.
  Task<Unit> sweep(base::UnixMs age_now);

 private:
  /// Whose account it is, without making one; empty: nobody's here. Errors: as arrive.
  Task<std::string> known_user(accounts::SsoOrigin origin);
  /// Links the account of this name, if that may be. Yields whether it did.
  Task<bool> link(std::string user_id, accounts::SsoOrigin origin);
  /// Makes the account. Errors: user_in_use, invalid_param, conflict (the person has one by now).
  Task<std::string> make_account(const SignInRow& row, std::string localpart);
  /// Whose it is, or Step::name. `may_link`: the name may give its owner an account that is here already.
  Task<Unit> settle(SignInRow& row, bool may_link);

  Parts parts_;
};

}  // namespace troupe::homeserver::sso
