// The words that phrases use, and which of them a mistyped one was meant to be.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace troupe::assistant::router {

using Words = std::unordered_set<std::string>;

/// Unchanging once made; any thread. Memory: a telling word takes as many small entries as it has letters.
class Vocabulary {
 public:
  /// `known`: all words that are told apart. `telling`: those that say something of a service; what is mistyped is one
  /// of them.
  explicit Vocabulary(Words known, const Words& telling = {});

  bool knows(std::string_view word) const { return known_.contains(std::string(word)); }
  /// For a word that is not known: the telling one that is one edit away; empty where there is none, or several.
  std::string_view meant_by(std::string_view word) const;

 private:
  Words known_;
  std::vector<std::string> words_;
  /// A word, whole and without each of its letters → its places in words_. One edit apart always share one of these.
  std::unordered_map<std::string, std::vector<std::uint32_t>> by_rest_;
};

}  // namespace troupe::assistant::router
