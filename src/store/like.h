// Words that people type, made ready for comparison in SQL.
#pragma once
#include <string>
#include <string_view>

#include "base/text.h"

namespace troupe::store {

/// A pattern for `lower(column) LIKE ? ESCAPE '\'` that finds what begins with the word; an empty word finds
/// everything.
inline std::string like_beginning(std::string_view word) {
  std::string pattern;
  for (char c : base::ascii_lower(word)) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + '%';
}

/// A pattern for `lower(column) LIKE ? ESCAPE '\'` that finds the word anywhere; an empty word finds everything.
inline std::string like_containing(std::string_view word) { return '%' + like_beginning(word); }

}  // namespace troupe::store
