// The verbs and things that people say, in several languages, as what intents' names mean by them.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::assistant::planner {

enum class Verb : std::uint8_t {
  find,
  list,
  get,
  create,
  add,
  send,
  update,
  remove,
  archive,
  restore,
  invite,
  start,
  stop,
  join,
  plan,  ///< "schedule"
  label,
  open,
};
bool is_reading(Verb verb);

/// What a sentence, or an intent's name, is about.
struct Meaning {
  std::set<Verb> verbs;
  std::set<std::string, std::less<>> things;  ///< "project", "work_order"; words that are not known in the singular
  std::string first;                          ///< of the things, the one that was named first: mostly the verb's object
  bool plural = false;                        ///< things were named in the plural
  std::set<std::string, std::less<>> listed;  ///< of which several were named: "projects Ash and Birch"
  /// It asks for nothing to be done: "do not send it", "did you send it?", "how do I …", "if it rains, …".
  bool no_order = false;
};

/// Of the words that command; quoted text and what is only carried along say nothing. Words mistyped by one letter are
/// known, too.
/// `ignored`: names of services, folded.
Meaning meaning_of_sentence(std::string_view text, const std::set<std::string, std::less<>>& ignored = {});
/// "create_work_order": create; work_order.
Meaning meaning_of_name(std::string_view intent);

/// Words for a thing, folded, the longest first: "project" has "projekt", "proyecto", "job site".
std::vector<std::string> words_for(std::string_view thing);
/// A word that no name is: articles, prepositions, verbs, "new", "all". `word` is folded.
bool is_plain_word(std::string_view word);
/// "queries": "query". ASCII.
std::string singular(std::string_view word);

}  // namespace troupe::assistant::planner
