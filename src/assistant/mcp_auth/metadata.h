// What MCP servers and authorization servers say of themselves, and where: RFC 9728, RFC 8414 and OpenID Connect
// Discovery 1.0, as the Model Context Protocol takes them (2025-06-18 and 2025-11-25, Authorization). Pure.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "assistant/packs/found_sign_in.h"
#include "net/http/url.h"

namespace troupe::assistant::mcp_auth {

using matrix::JsonObject;
using net::http::Url;

inline constexpr std::size_t kMaxServers = 8;  ///< that one MCP server names

/// Where a server describes itself, if it does not say where: below its path, then at the root.
std::vector<std::string> resource_addresses(const Url& server);
/// Where an authorization server does, in the order of the protocol: RFC 8414, then OpenID Connect.
std::vector<std::string> issuer_addresses(const Url& issuer);

/// What a server says of itself.
struct Resource {
  std::string name;  ///< its identifier
  std::vector<std::string> servers, scopes;
};
/// `server`: the address that is called. Error: forbidden (it describes another one); invalid_param (it says nothing
/// that can be used); fit for people.
Result<Resource> read_resource(const JsonObject& object, const Url& server);

/// Whether a secret, or a person, may be sent there.
using Allowed = std::function<bool(const Url&)>;
/// What the authorization server says that was asked as `issuer`: without `resource` and, if the service asks for none
/// of its own, scopes. Errors: forbidden (it is another one, or leads elsewhere); invalid_param (it lacks PKCE, or what
/// else is needed); fit for people.
Result<packs::FoundSignIn> read_issuer(const JsonObject& object, const std::string& issuer, const Allowed& allowed);

/// The scopes of a text, without what are none: at most packs::kMaxScopes.
std::vector<std::string> scopes_of(std::string_view text);

}  // namespace troupe::assistant::mcp_auth
