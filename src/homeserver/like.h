// Words that people type, made ready for comparison in SQL.
#pragma once
#include <string>
#include <string_view>

namespace troupe::homeserver {

/// Only ASCII letters are lowered, as the database's lower() does.
inline std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// A pattern for `lower(column) LIKE ? ESCAPE '\'` that finds the word anywhere; an empty word finds everything.
inline std::string like_containing(std::string_view word) {
  std::string pattern = "%";
  for (char c : ascii_lower(word)) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + '%';
}

}  // namespace troupe::homeserver
