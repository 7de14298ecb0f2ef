// What an application service's registration file says (Application Service API #registration).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace troupe::homeserver::appservice {

/// Names that a service is interested in, and perhaps has for itself.
struct NamespaceRule {
  bool exclusive = false;
  std::string regex;
};

struct Registration {
  std::string id;
  std::string url;  ///< without a slash at the end; empty: nothing is sent to it
  std::string as_token;
  std::string hs_token;
  std::string sender_localpart;
  bool rate_limited = true;  ///< its users, never the sender
  bool receive_ephemeral = false;
  bool receive_devices = false;  ///< device lists and numbers of keys (MSC3202)
  std::vector<std::string> protocols;
  std::vector<NamespaceRule> users;
  std::vector<NamespaceRule> aliases;
  std::vector<NamespaceRule> rooms;
  std::string file;  ///< where it was read
};

inline constexpr std::size_t kMaxRegistrationBytes = 1 << 20;
inline constexpr std::size_t kMaxNamespaces = 1'000;  ///< of each of the three kinds
inline constexpr std::size_t kMaxRegexBytes = 2'048;
inline constexpr std::size_t kMaxProtocols = 100;

/// Errors: invalid_param: a sentence for the operator, with the line where there is one, and never a token's text.
Result<Registration> read_registration(std::string_view yaml);

}  // namespace troupe::homeserver::appservice
