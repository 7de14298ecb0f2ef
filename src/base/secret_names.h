// Names that say that what they name is a secret: of log fields, members of audit records, parameters of addresses.
#pragma once
#include <algorithm>
#include <array>
#include <string_view>

namespace troupe::base {

inline constexpr std::array<std::string_view, 8> kSecretWords{"token",  "password", "secret",     "authorization",
                                                              "cookie", "api_key",  "credential", "private_key"};

constexpr bool names_a_secret(std::string_view name) {
  return std::ranges::any_of(kSecretWords, [&](std::string_view word) { return name.find(word) != name.npos; });
}

}  // namespace troupe::base
