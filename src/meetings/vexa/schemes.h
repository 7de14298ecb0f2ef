// Who calls Vexa's dialect: the header X-API-Key with a token of the dialect or a key of Troupe's own, and the one
// secret of its admin routes.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "identity/authenticator.h"
#include "meetings/vexa/users.h"

namespace troupe::meetings::vexa {

/// Names of the schemes. Which scope of a token opens a route is the scheme's.
inline constexpr std::string_view kBotKeys = "vexa_bot";                ///< `bot`
inline constexpr std::string_view kTranscriptKeys = "vexa_transcript";  ///< `tx`, or `bot`
inline constexpr std::string_view kUserKeys = "vexa_user";              ///< `bot`, or `tx`
inline constexpr std::string_view kAdminKey = "vexa_admin";

/// How a missing and a wrong key are refused.
struct Refusals {
  int missing_status = 401;
  int wrong_status = 401;
  std::string_view missing = "Missing API token (X-API-Key header)";
  std::string_view wrong = "Invalid API token";
};
/// As the first version did it for bots, meetings and transcripts, and for what a user sets.
inline constexpr Refusals kStrictRefusals{.missing_status = 403, .wrong_status = 403};
inline constexpr Refusals kStrictUserRefusals{
    .missing_status = 401, .wrong_status = 403, .missing = "Missing API Key", .wrong = "Invalid API Key"};

/// Whoever has a token of the dialect, or whatever opens the platform's routes (a key with the scope `bots` or without
/// any, a console session). Errors: missing_token, unknown_token, forbidden (scope, closed account), limit_exceeded.
class KeyScheme final : public net::route::Scheme {
 public:
  struct Uses {
    Users& users;
    identity::Principals& principals;
    identity::PlatformAuthenticator& authenticator;
    net::route::CredentialGuard& guard;
  };
  KeyScheme(const Uses& uses, Refusals refusals, std::vector<std::string_view> scopes)
      : uses_(uses), refusals_(refusals), scopes_(std::move(scopes)) {}

  Task<std::optional<net::route::Caller>> admit(const net::http::Request& request) override;

 private:
  Task<std::optional<net::route::Caller>> by_token(std::string key, std::string remote_address, bool changes);

  Uses uses_;
  Refusals refusals_;
  std::vector<std::string_view> scopes_;
};

/// The header X-Admin-API-Key with the secret of the settings, compared without telling by time how much of it fits.
/// Errors: forbidden (missing or wrong), internal (none is configured), limit_exceeded (an address that guesses).
class AdminScheme final : public net::route::Scheme {
 public:
  /// `who`: as whom the audit log knows it. An empty secret admits nobody.
  AdminScheme(std::string_view secret, identity::Principal who, net::route::CredentialGuard& guard);
  Task<std::optional<net::route::Caller>> admit(const net::http::Request& request) override;

 private:
  std::string secret_hash_;
  identity::Principal who_;
  net::route::CredentialGuard& guard_;
};

}  // namespace troupe::meetings::vexa
