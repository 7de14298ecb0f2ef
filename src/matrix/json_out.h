// Appending JSON to a string: answers are built as text, because a tree of values costs more than the answer itself.
// Strings: append_json_string of json.h.
#pragma once
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "matrix/json.h"

namespace troupe::matrix {

inline void append_number(std::string& out, std::int64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

/// Appends `,"key":` (or without the comma just after an opening brace). The key must need no escapes.
inline void append_key(std::string& out, std::string_view key) {
  if (!out.empty() && out.back() != '{') out += ',';
  out += '"';
  out += key;
  out += "\":";
}

/// A comma unless the array has just been opened.
inline void append_separator(std::string& out) {
  if (out.back() != '[' && out.back() != '{') out += ',';
}

}  // namespace troupe::matrix
