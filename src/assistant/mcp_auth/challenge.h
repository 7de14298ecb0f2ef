// What a server says with 401 or 403: RFC 9110 section 11.6.1, RFC 6750 section 3, RFC 9728 section 5.1.
#pragma once
#include <optional>
#include <string>

#include "net/http/http.h"

namespace troupe::assistant::mcp_auth {

struct Challenge {
  std::string resource_metadata;  ///< where the server describes itself; empty: not said
  std::string scope;              ///< what is needed for what was asked; empty: not said
  std::string error;
};

inline constexpr std::size_t kMaxChallengeBytes = 8 * 1'024;  ///< more of a field is not read

/// The first of scheme Bearer that says where the server describes itself, else the first of that scheme. Nothing: it
/// asks for no such token.
std::optional<Challenge> read_challenge(const net::http::Headers& headers);

}  // namespace troupe::assistant::mcp_auth
