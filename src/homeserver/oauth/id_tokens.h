// ID tokens for clients that ask for the scope `openid` (OpenID Connect Core 1.0): they say who has signed in, and
// nothing here takes them as a credential.
#pragma once
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/task.h"
#include "matrix/json.h"
#include "store/database.h"

namespace troupe::homeserver::oauth {

struct IdClaims {
  std::string issuer;
  std::string user_id;
  std::string client_id;
  std::optional<std::string> nonce;
  std::string access_token;  ///< the one that comes along
};

/// One per server; callable from any thread. The key is made when it is first asked for.
class IdTokens {
 public:
  static constexpr std::chrono::hours kLife{1};
  static constexpr std::string_view kAlgorithm = "EdDSA";

  IdTokens(store::Database& db, const base::SealingKey& sealing, const base::Clock& clock)
      : db_(db), sealing_(sealing), clock_(clock) {}

  /// A signed JWT.
  Task<std::string> make(IdClaims claims);
  /// The public key as a JWK Set (RFC 8037).
  Task<matrix::JsonObject> key_set();

 private:
  /// What signs. A seed that the sealing key does not open gives way to a new one: tokens live for an hour.
  Task<std::string> seed();
  store::Database& db_;
  const base::SealingKey& sealing_;
  const base::Clock& clock_;
};

}  // namespace troupe::homeserver::oauth
