// Glob-style patterns as push rules use them: '*' is any run of characters, '?' exactly one (appendices
// #glob-style-matching).
#pragma once
#include <cstddef>
#include <string_view>

namespace troupe::matrix {

/// What matching may cost: how many bytes are compared, over one match or several. Ordinary patterns compare each
/// byte of a text about once; one that is made to compare more runs out of it and matches nothing any more. The same
/// patterns and texts in the same order always end alike.
struct MatchBudget {
  std::size_t comparisons = 256UL * 1024;
};

/// Whether the pattern matches the whole text. Letters A-Z match in either case; other letters match as they are.
/// No allocation.
bool glob_matches(std::string_view pattern, std::string_view text, MatchBudget& budget);

/// Whether the pattern matches a part of the text that begins and ends at a word boundary (Client-Server API
/// #conditions-1, `content.body`). The empty pattern matches nothing. Cost as above.
bool glob_matches_words(std::string_view pattern, std::string_view text, MatchBudget& budget);

/// The same for words that are no pattern: '*' and '?' stand for themselves.
bool contains_words(std::string_view words, std::string_view text, MatchBudget& budget);

/// Each with a budget of its own.
inline bool glob_matches(std::string_view pattern, std::string_view text) {
  MatchBudget budget;
  return glob_matches(pattern, text, budget);
}
inline bool glob_matches_words(std::string_view pattern, std::string_view text) {
  MatchBudget budget;
  return glob_matches_words(pattern, text, budget);
}
inline bool contains_words(std::string_view words, std::string_view text) {
  MatchBudget budget;
  return contains_words(words, text, budget);
}

}  // namespace troupe::matrix
