// The steps of a JSON pointer (RFC 6901); pointer_to() in field_errors.h writes one.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace troupe::base {

/// "/a~1b/0" → "a/b", "0". No steps when it is empty or does not begin with a slash.
std::vector<std::string> pointer_steps(std::string_view pointer);

}  // namespace troupe::base
