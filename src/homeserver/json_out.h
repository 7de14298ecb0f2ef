// Appending JSON to a string: answers are built as text, because a tree of values costs more than the answer itself.
#pragma once
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::homeserver {

/// Appends a JSON string with its quotes. The text must be UTF-8; only what JSON requires is escaped.
void append_json_string(std::string& out, std::string_view text);

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

}  // namespace troupe::homeserver
