// Where people sign in to an MCP server whose pack does not say it: as the server itself does, and the authorization
// server that it names (mcp_auth/). Kept between sign-ins, so that tokens are renewed without asking again.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/packs/config.h"
#include "base/clock.h"

namespace troupe::assistant::packs {

struct FoundSignIn {
  std::string resource;  ///< what the server calls itself (RFC 9728): tokens are asked for it alone (RFC 8707)
  std::string issuer;
  bool answers_with_issuer = false;  ///< each answer of the authorization server says who it is (RFC 9207)
  std::string authorize_url, token_url;
  std::string registration_url;  ///< empty: programs are not registered by themselves (RFC 7591)
  ClientAuth client_auth = ClientAuth::post;
  bool public_clients = false;      ///< a client needs no secret
  std::vector<std::string> scopes;  ///< what is asked for, in order
  /// Where people come back to, as it was registered with the client that is stored; empty: a person has set the
  /// client.
  std::string registered_for;
  base::UnixMs registered_until = 0;  ///< the client's secret; 0: it does not end

  bool operator==(const FoundSignIn&) const = default;
};

/// Whether signing in has to be found: the pack is an MCP server over HTTP that says neither how nor where.
bool finds_sign_in(const Config& config);

std::string text_of(const FoundSignIn& found);
/// Nothing: it is none.
std::optional<FoundSignIn> read_found_sign_in(std::string_view text);

/// The pack's scheme with what was found.
void complete_auth(Auth& auth, const FoundSignIn& found);

}  // namespace troupe::assistant::packs
