// Finds where people sign in to an MCP server over HTTP, and registers this program there. Source: Model Context
// Protocol, specifications 2025-06-18 and 2025-11-25, Authorization.
#pragma once
#include <string>

#include "assistant/calls/call.h"
#include "assistant/packs/found_sign_in.h"
#include "net/client/client.h"

namespace troupe::assistant::mcp_auth {

inline constexpr std::size_t kMaxMetadataBytes = 64 * 1'024;  ///< of one answer
inline constexpr std::chrono::seconds kPatience{10};          ///< for one request; no more than eight are made

/// Asks the server without a token, reads what it says of itself, and asks the authorization server that it names.
/// Nothing is asked and nobody is sent anywhere but at the server's own origin and the hosts of the pack's list
/// (calls::may_reach); no redirect is followed; what is not the server's own may not lie in a private network. Errors,
/// fit for people: conflict of status 400 (it asks nobody to sign in, or says nothing that can be used), forbidden (an
/// address rule, one that says it is another), unavailable, timed_out.
Task<packs::FoundSignIn> find_sign_in(net::client::HttpClient& http, calls::Service service);

/// This program at an authorization server.
struct Client {
  std::string id, secret;
  base::UnixMs until = 0;  ///< the secret; 0: it does not end
};
/// RFC 7591. `found` has a registration_url. Errors, fit for people: forbidden (it does not register programs),
/// unavailable, timed_out.
Task<Client> register_client(net::client::HttpClient& http, calls::Service service, packs::FoundSignIn found,
                             std::string redirect_uri);

}  // namespace troupe::assistant::mcp_auth
