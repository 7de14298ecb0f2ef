// Glob-style patterns as push rules use them: '*' is any run of characters, '?' exactly one (appendices
// #glob-style-matching).
#pragma once
#include <string_view>

namespace troupe::matrix {

/// Whether the pattern matches the whole text. Letters A-Z match in either case; other letters match as they are.
/// At most pattern × text byte comparisons; no allocation.
bool glob_matches(std::string_view pattern, std::string_view text);

/// Whether the pattern matches a part of the text that begins and ends at a word boundary (Client-Server API
/// #conditions-1, `content.body`). The empty pattern matches nothing. Cost as above.
bool glob_matches_words(std::string_view pattern, std::string_view text);

/// The same for words that are no pattern: '*' and '?' stand for themselves.
bool contains_words(std::string_view words, std::string_view text);

}  // namespace troupe::matrix
