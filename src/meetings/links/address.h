// A web address taken apart, and whether a bot's browser may be sent there.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace troupe::meetings::links {

inline constexpr std::string_view kJitsi = "meet.jit.si";
inline constexpr std::size_t kMaxNativeId = 255;

struct Address {
  std::string host{};                   ///< lower case
  std::string target{};                 ///< path and query as written; begins with "/"
  std::vector<std::string> segments{};  ///< of the path, decoded, without empty ones at its end
  std::string query{};
  std::string fragment{};  ///< behind the '#', as written

  /// Decoded; empty: it is not there.
  std::string parameter(std::string_view name) const;
};

bool is_control(char c);

/// Errors: invalid_param (no https address of the open net: another scheme or port, a user name, localhost, a name
/// without a dot or of a private net, an address in numbers, control characters).
Result<Address> read_address(std::string_view text);

}  // namespace troupe::meetings::links
