// Signs of Unicode by which a text seems to be another one.
#pragma once
#include <cstddef>
#include <string_view>

namespace troupe::base {

/// The length of a sign at the begin that ends a line (U+0080 to U+009F, U+2028, U+2029) or turns around what stands
/// behind it (U+202A to U+202E, U+2066 to U+2069); 0: there is none.
std::size_t unruly(std::string_view text);

}  // namespace troupe::base
