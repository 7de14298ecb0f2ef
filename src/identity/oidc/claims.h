// What a provider's tokens must say before they are believed: OpenID Connect Core 1.0 section 3.1.3.7, Back-Channel
// Logout 1.0 section 2.6. The signature has been checked before.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "identity/oidc/jwt.h"
#include "identity/oidc/settings.h"

namespace troupe::identity::oidc {

/// How far the provider's clock may be from ours.
inline constexpr std::chrono::seconds kClockSkew{60};
inline constexpr std::size_t kMaxSubjectBytes = 255;

/// Who has signed in, and in which session of the provider.
struct IdToken {
  std::string subject;
  std::string session_id;  ///< `sid`; empty: not said
  matrix::JsonObject claims;
};

/// Errors: forbidden (another issuer, audience, nonce or time; no subject).
Result<IdToken> check_id_token(Jwt token, const ProviderSettings& settings, std::string_view nonce, base::UnixMs now);

/// When the person last proved it there (`auth_time`, which a provider must say after max_age: Core section 3.1.2.1;
/// one that does not say it may have shown nobody a sign-in). Error: forbidden (before `since`, beyond kClockSkew; no
/// time).
Result<Unit> check_signed_in_since(const matrix::JsonObject& claims, base::UnixMs since);

/// Whose sessions end: those of `session_id` where it is given, else all of `subject`.
struct LogoutToken {
  std::string subject;     ///< empty: not said
  std::string session_id;  ///< empty: not said; one of both is there
  std::string token_id;    ///< `jti`
  base::UnixMs ends_ms = 0;
};

/// Errors: forbidden (another issuer, audience or time; not about a logout; a nonce, as ID tokens have; no jti).
Result<LogoutToken> check_logout_token(const Jwt& token, const ProviderSettings& settings, base::UnixMs now);

/// Whether Keycloak's claims give the role, in the realm or in this client.
bool has_role(const matrix::JsonObject& claims, std::string_view client_id, std::string_view role);

/// A claim as one short line: empty when it is missing, no text, longer than `most`, or holds control characters.
std::string line_of(const matrix::JsonObject& claims, std::string_view claim, std::size_t most);

}  // namespace troupe::identity::oidc
