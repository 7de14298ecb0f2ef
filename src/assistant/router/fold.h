// Unicode folded to what routing compares: lower case, no accents, plain quotes, no control characters.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace troupe::assistant::router {

/// More of a text is not looked at.
constexpr std::size_t kMostBytes = 4096;

struct Folded {
  std::string text;   ///< lower case; Latin letters without accents; other letters as they are in UTF-8
  std::string upper;  ///< as long as `text`: '^' where a letter was a capital, else ' '
};

/// The first kMostBytes of `text`, folded: Latin accents and combining marks away, full-width letters made ASCII,
/// typographic quotes made plain, control characters, malformed UTF-8 and invisible characters made spaces or nothing.
/// Any bytes.
Folded fold(std::string_view text);

}  // namespace troupe::assistant::router
