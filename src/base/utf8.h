// Writing UTF-8.
#pragma once
#include <string>

namespace troupe::base {

/// A code point of at most U+10FFFF; surrogates are written as if they were characters: whoever takes none looks first.
void append_utf8(std::string& out, char32_t point);

}  // namespace troupe::base
