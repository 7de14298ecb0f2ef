// How a service is told who calls: the header that a pack's scheme makes of its secrets.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/openapi/request.h"

namespace troupe::assistant::packs {

enum class Scheme : std::uint8_t { none, bearer, header, basic, oauth2 };
std::string_view name_of(Scheme scheme);

/// How a client shows its secret at a token address, RFC 6749 section 2.3.1.
enum class ClientAuth : std::uint8_t {
  unsaid,  ///< as the service's metadata has it; in the body where it has none
  post,    ///< in the body
  basic,   ///< as user name and password of HTTP
};

struct Auth {
  Scheme scheme = Scheme::none;
  std::string header = "Authorization";
  std::string format;                           ///< header: `Token token="{key}", name="{token_name}"`
  std::string authorize_url, token_url;         ///< oauth2; no `authorize_url`: nobody can sign in on a page
  std::string refresh_url;                      ///< oauth2: of `token_url`'s origin; empty: renewed at `token_url`
  std::string metadata_url;                     ///< oauth2: what the service says of itself (RFC 8414); empty: nothing
  ClientAuth client_auth = ClientAuth::unsaid;  ///< oauth2
  std::string issuer;                           ///< oauth2: who answers at `authorize_url` (RFC 9207); empty: not said
  bool issuer_may_lack = false;                 ///< oauth2: an answer need not say it, but may say no other
  std::string resource;                         ///< oauth2: what tokens are asked for (RFC 8707); empty: not said
  std::vector<std::string> scopes;              ///< oauth2: what is asked for, in order

  /// The names of the secrets that it needs: "key" and what else stands in braces.
  std::vector<std::string> secrets() const;
};

/// The header; no header for Scheme::none. `secrets` are by name; oauth2 takes the present access token as "key", basic
/// "user" and "key". Errors: invalid_param (a secret is missing, or holds what a header cannot: control characters, or
/// a quote inside quotes). The message never has the secret.
Result<std::vector<openapi::Header>> credential(const Auth& auth, const std::map<std::string, std::string>& secrets);

}  // namespace troupe::assistant::packs
