// How people for whom a provider vouches come into the console: as into a client, but with tokens that are good there
// alone.
#pragma once
#include "homeserver/accounts/login_tokens.h"
#include "identity/oidc/provider.h"
#include "identity/sign_in_elsewhere.h"

namespace troupe::homeserver::sso {

/// GET with `redirectUrl`, and the provider's id behind: where the console sends browsers.
inline constexpr std::string_view kConsolePath = "/_synapse/client/sso/console";

/// Where the console takes tokens, below its address.
inline constexpr std::string_view kConsoleArrival = "/api/v1/session/arrival";
/// Its page of the sign-in.
inline constexpr std::string_view kConsoleSignIn = "/ui/sign-in";

/// Whether a token for the console may be sent there: to the console's own path, of sso.trusted_redirects or of our own
/// host, there at the port of the platform's listener, of this homeserver or of the web, and over TLS where we have
/// that. `own`: the address of this homeserver.
bool may_have_console_token(std::string_view address, std::string_view own, const host::Settings& settings);

class ConsoleSignIn final : public identity::SignInElsewhere {
 public:
  ConsoleSignIn(identity::oidc::Providers& providers, accounts::LoginTokens& tokens, const host::Settings& settings)
      : providers_(providers), tokens_(tokens), settings_(settings) {}

  std::vector<identity::ProviderName> providers() const override;
  Result<std::string> departure(const net::http::Request& asked, std::string_view provider,
                                std::string_view back) const override;
  Task<identity::Vouched> redeem(std::string token) override;

 private:
  identity::oidc::Providers& providers_;
  accounts::LoginTokens& tokens_;
  const host::Settings& settings_;
};

}  // namespace troupe::homeserver::sso
