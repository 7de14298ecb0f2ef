// What a client gets for what a person allowed: codes for tokens, tokens for later ones, and the end of a session.
// Client-Server API #authorization-code-flow, #refresh-token-flow, #token-revocation.
#pragma once
#include <optional>
#include <string>

#include "homeserver/accounts/delegated_store.h"
#include "homeserver/accounts/device_service.h"
#include "homeserver/oauth/clients.h"
#include "homeserver/oauth/oauth_store.h"
#include "homeserver/oauth/scope.h"

namespace troupe::homeserver::oauth {

/// RFC 6749 section 5.2: the code is what clients read, the text is for people.
inline Error refusal(std::string_view code, std::string description) {
  return Error(Errc::invalid_param, std::move(description)).with_wire_code(code);
}

/// A person has allowed a client to sign in.
struct Allowed {
  std::string client_id;
  std::string redirect_uri;
  std::string challenge;  ///< PKCE, S256
  Scope scope;
  std::optional<std::string> nonce;
  std::string user_id;
  accounts::SsoOrigin origin = {};  ///< who vouched for them
};

/// A code, and what proves that it is shown by whoever asked for it.
struct CodeProof {
  std::string client_id;
  std::string code;
  std::string redirect_uri;
  std::string verifier;
  std::string address;  ///< where the request comes from
};

struct Tokens {
  accounts::Credentials made;
  std::string client_id;
  std::string scope;
  std::optional<std::string> nonce;  ///< for the ID token
};

/// One per server; callable from any thread.
class Grants {
 public:
  static constexpr std::chrono::minutes kCodeLife{1};
  /// How long a used code is remembered, so that its second use is noticed.
  static constexpr std::chrono::hours kKeepCodes{24};

  struct Parts {
    store::Database& db;
    accounts::DeviceService& devices;
    const host::Settings& settings;
    const base::Clock& clock;
  };
  explicit Grants(Parts parts) : parts_(parts) {}

  /// A code for one use within kCodeLife.
  Task<std::string> issue_code(Allowed allowed);
  /// Signs the device in. A code that was used already ends the session that came from it. Errors: refusals
  /// invalid_grant, invalid_request; limit_exceeded.
  Task<Tokens> exchange(CodeProof proof);
  /// A refresh token that was replaced, or is shown too often, ends its session. Error: refusal invalid_grant.
  Task<Tokens> refresh(std::string client_id, std::string refresh_token);
  /// Ends the session of an access or refresh token; a token that is not known is none any more. `client_id` empty:
  /// not said. Error: refusal invalid_client (it is another client's).
  Task<Unit> revoke(std::string client_id, std::string token);
  /// Forgets codes and sign-ins on pages that have ended. From a job.
  Task<Unit> sweep(base::UnixMs age_now);

  /// Signs a device in for what a person allowed, whom `origin` vouched for. `use` takes what was allowed in the same
  /// transaction, and refuses what was used already. Errors: refusal invalid_grant.
  Task<Tokens> sign_in(accounts::DelegatedSession session, accounts::SsoOrigin origin, std::string device_name,
                       std::string address, std::function<Result<Unit>(store::Tx&)> use);
  /// Ends the session that came from this code, if it is still there.
  Task<Unit> end_session_of(std::string user_id, std::string device_id, std::string grant_hash);

 private:
  std::int64_t access_life_ms() const;
  Parts parts_;
};

}  // namespace troupe::homeserver::oauth
