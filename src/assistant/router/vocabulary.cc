#include "assistant/router/vocabulary.h"

#include <algorithm>

#include "assistant/router/names.h"

namespace troupe::assistant::router {
namespace {

// Shorter words have too many neighbours ("ad", "add", "and"), longer ones are no words.
constexpr std::size_t kShortest = 4, kLongest = 20;

bool may_be_mistyped(std::string_view word) { return word.size() >= kShortest && word.size() <= kLongest; }

/// Calls `use` with the word, and with what is left of it without each of its letters.
template <typename Use>
void each_rest(std::string_view word, Use use) {
  std::string rest(word);
  use(rest);
  for (std::size_t i = 0; i < word.size(); ++i) {
    rest.assign(word);
    rest.erase(i, 1);
    use(rest);
  }
}

}  // namespace

Vocabulary::Vocabulary(Words known, const Words& telling) : known_(std::move(known)) {
  for (const auto& word : telling) {
    if (may_be_mistyped(word) && known_.contains(word)) words_.push_back(word);
  }
  std::ranges::sort(words_);  // the same on every machine
  for (std::uint32_t i = 0; i < words_.size(); ++i) {
    each_rest(words_[i], [&](const std::string& rest) { by_rest_[rest].push_back(i); });
  }
}

std::string_view Vocabulary::meant_by(std::string_view word) const {
  if (!may_be_mistyped(word)) return {};
  std::string_view found;
  bool several = false, swapped = false;
  each_rest(word, [&](const std::string& rest) {
    const auto at = by_rest_.find(rest);
    if (at == by_rest_.end()) return;
    for (auto index : at->second) {
      const std::string& candidate = words_[index];
      if (candidate == found || edits_between(word, candidate, 1) != 1) continue;
      // Of several the one of the very same letters: two that changed places are the commonest slip.
      const bool same_letters = std::ranges::is_permutation(word, candidate);
      if (swapped && !same_letters) continue;
      several = swapped == same_letters && !found.empty();
      swapped = same_letters;
      found = candidate;
    }
  });
  return several ? std::string_view() : found;
}

}  // namespace troupe::assistant::router
