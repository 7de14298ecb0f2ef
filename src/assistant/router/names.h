// Which services a sentence names, spelled right or nearly, and whether it points to them.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "assistant/router/sentence.h"

namespace troupe::assistant::router {

/// How a sentence speaks of a service that it names, the strongest first.
enum class Role {
  pointed,  ///< "in X", "X: …", "tell X"
  plain,    ///< "the X projects"
  aside,    ///< "… that X is down", "… for the X project" beside another
  content,  ///< after a colon
  negated,  ///< "not X", "instead of X"
};
std::string_view name_of(Role role);

struct Mention {
  std::size_t service = 0;         ///< by its place in the list given to Names
  std::size_t begin = 0, end = 0;  ///< tokens
  std::size_t edits = 0;           ///< 0: spelled right
  Role role = Role::plain;
  bool everyday = false;    ///< the name is a word of its own right, too ("slack")
  bool own = true;          ///< the service's own name, or one that holds it; otherwise a synonym
  bool subject = false;     ///< a word follows that goes with this service's name: "bolt jobs"
  bool known_word = false;  ///< a mistyped name that is another word ("bold")
  bool source = false;      ///< "from X": where something comes from
  bool transfer = false;    ///< "to X" and "into X": where something is taken to
  bool swapped = false;     ///< mistyped, but of the very same letters
  bool beside = false;      ///< another service is meant, and this one spoken of
  bool address = false;     ///< "X: …": nothing but its name stands before a colon, and the command behind it
};

struct Naming {
  std::vector<Mention> mentions;
  bool several = false;  ///< the sentence itself puts two services side by side: "X or Y", "copy from X into Y"
};

/// The names of all services. Unchanging once made; any thread.
class Names {
 public:
  struct Service {
    std::string name;
    std::vector<std::string> synonyms;
    std::unordered_set<std::string> subjects;  ///< words that follow its own name in its examples
  };
  /// `everyday`: words of everyday texts; a name among them means its service only where the sentence says so.
  Names(const std::vector<Service>& services, const std::unordered_set<std::string>& everyday);

  /// Changes the parts of the sentence where a colon follows nothing but a service's name.
  Naming find(Sentence& sentence) const;

 private:
  struct Name {
    std::size_t service;
    std::vector<std::string> words;
    std::string joined;
    bool own;
    bool everyday;
  };
  bool match_exact(const Sentence& sentence, std::size_t at, Mention& found) const;
  bool match_near(const Sentence& sentence, std::size_t at, Mention& found) const;
  bool is_known(std::string_view word) const { return everyday_.contains(std::string(word)); }

  std::vector<Name> names_;
  std::vector<std::unordered_set<std::string>> subjects_;               ///< by service
  std::unordered_map<std::string, std::vector<std::size_t>> by_first_;  ///< first word, and all words joined
  std::unordered_set<std::string> everyday_;
};

/// Edits between two words (insert, delete, change, swap neighbours), or `most` + 1 when there are more.
std::size_t edits_between(std::string_view a, std::string_view b, std::size_t most);

}  // namespace troupe::assistant::router
