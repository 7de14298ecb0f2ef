#include "matrix/glob.h"

#include <cstddef>
#include <optional>

namespace troupe::matrix {
namespace {

constexpr auto kNone = std::string_view::npos;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool is_word(char c) {
  const char l = lower(c);
  return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

/// A boundary lies where at least one neighbour is no word character.
bool is_boundary(std::string_view text, std::size_t at) {
  return at == 0 || at == text.size() || !is_word(text[at - 1]) || !is_word(text[at]);
}

/// Where the piece ends when it matches at `at`; npos otherwise. `wild`: '?' is any one character.
std::size_t match_at(std::string_view piece, std::string_view text, std::size_t at, bool wild, MatchBudget& budget) {
  for (const char wanted : piece) {
    if (at >= text.size() || budget.comparisons == 0) return kNone;
    --budget.comparisons;
    if (wild && wanted == '?') {
      do ++at;
      while (at < text.size() && is_continuation(text[at]));
    } else if (lower(wanted) == lower(text[at])) {
      ++at;
    } else {
      return kNone;
    }
  }
  return at;
}

bool is_character_start(std::string_view text, std::size_t at) {
  return at == text.size() || !is_continuation(text[at]);
}

/// The end of the first match at or behind `from` that `accept(end)` takes.
template <class Accept>
std::size_t find_piece(std::string_view piece, std::string_view text, std::size_t from, MatchBudget& budget,
                       Accept accept) {
  for (auto at = from; at <= text.size(); ++at) {
    if (!is_character_start(text, at)) continue;
    const auto end = match_at(piece, text, at, true, budget);
    if (end != kNone && accept(end)) return end;
  }
  return kNone;
}

/// Matches what follows the first '*', from `from` on: pieces in between as far left as possible (which never spoils a
/// later match), the last one where `accept_end` takes its end.
template <class Accept>
bool match_rest(std::string_view rest, std::string_view text, std::size_t from, MatchBudget& budget,
                Accept accept_end) {
  for (;;) {
    const auto star = rest.find('*');
    if (star == kNone) return find_piece(rest, text, from, budget, accept_end) != kNone;
    from = find_piece(rest.substr(0, star), text, from, budget, [](std::size_t) { return true; });
    if (from == kNone) return false;
    rest.remove_prefix(star + 1);
  }
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text, MatchBudget& budget) {
  const auto star = pattern.find('*');
  const auto end = match_at(pattern.substr(0, star), text, 0, true, budget);
  if (end == kNone) return false;
  if (star == kNone) return end == text.size();
  return match_rest(pattern.substr(star + 1), text, end, budget, [&](std::size_t at) { return at == text.size(); });
}

bool glob_matches_words(std::string_view pattern, std::string_view text, MatchBudget& budget) {
  if (pattern.empty()) return false;
  const auto star = pattern.find('*');
  const auto first = pattern.substr(0, star);
  const auto ends_well = [&](std::size_t at) { return is_boundary(text, at); };
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (!is_character_start(text, at) || !is_boundary(text, at)) continue;
    const auto end = match_at(first, text, at, true, budget);
    if (end == kNone) continue;
    // What follows is sought to the right of `end`; when it is not there, it is not behind any later start either.
    if (star != kNone) return match_rest(pattern.substr(star + 1), text, end, budget, ends_well);
    if (ends_well(end)) return true;
  }
  return false;
}

bool contains_words(std::string_view words, std::string_view text, MatchBudget& budget) {
  if (words.empty()) return false;
  for (std::size_t at = 0; at + words.size() <= text.size(); ++at) {
    if (lower(text[at]) != lower(words.front()) || !is_boundary(text, at)) continue;
    const auto end = match_at(words, text, at, false, budget);
    if (end != kNone && is_boundary(text, end)) return true;
  }
  return false;
}

}  // namespace troupe::matrix
