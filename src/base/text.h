// Small things about text that every module needs.
#pragma once
#include <string>
#include <string_view>

namespace troupe::base {

/// Only ASCII letters are lowered, as the databases' lower() does.
inline std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace troupe::base
