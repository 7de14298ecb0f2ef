// What is asked of a service's token address, and how its answers are read. RFC 6749 sections 4.1.3, 5 and 6.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assistant/calls/call.h"
#include "net/client/client.h"

namespace troupe::assistant::calls {

inline constexpr std::size_t kMaxTokenBytes = 8 * 1024;
inline constexpr std::int64_t kUsualTokenSeconds = 3'600;  ///< where a service does not say how long a token lasts

using TokenFields = std::vector<std::pair<std::string_view, std::string_view>>;

/// What is set under this name; empty: nothing is.
std::string secret_of(const Service& service, const std::string& name);

/// Who asks for tokens. Without a secret its id goes into the body, however it would show one.
struct TokenClient {
  std::string id, secret;
  packs::ClientAuth shows = packs::ClientAuth::post;
};

/// "id:secret" as HTTP Basic has it before base64: both are encoded as in a form first.
std::string basic_pair(const TokenClient& client);

/// A secret travels to this address alone: it may not lead into the private network, no redirect is followed, and
/// nothing is sent twice. Empty fields are left out.
net::client::ClientRequest token_request(const std::string& url, const TokenClient& client, const TokenFields& fields);

/// How the service's client shows its secret: as the pack says, else as the service's metadata does (RFC 8414 section
/// 2), else in the body. Never `unsaid`. Of the metadata nothing else is believed, and no address is taken from it.
/// Errors: unavailable (it cannot be had: later it may be), forbidden (the address rules).
Task<TokenClient> token_client(net::client::HttpClient& http, Service service);

/// The same as metadata says it. Without a list a client uses HTTP Basic; nothing: it is another token address's.
std::optional<packs::ClientAuth> client_auth_of(const JsonObject& metadata, const std::string& token_url);

struct TokenAnswer {
  int status = 0;
  std::string access_token;   ///< empty: there is none that can be used
  std::string refresh_token;  ///< empty: none came
  std::optional<base::UnixMs> expires_ms;
  std::string error;  ///< the service's own word for what is wrong; empty: it said none. Visible ASCII
};
TokenAnswer read_token_answer(const net::client::ClientResponse& response, base::UnixMs now);

/// Whose a grant is: the token address, the base URL, and a hash of the sign-in that it came from. Who signs in with
/// another account means that one from then on.
std::string grant_address(const Service& service);
std::string grant_address(const packs::Auth& auth, const std::string& base_url, const std::string& client_id,
                          const std::string& refresh_token);

}  // namespace troupe::assistant::calls
