// Which intents of a service a sentence may mean: by its verb, the things it names, and the pack's examples.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/planner/catalogue.h"
#include "assistant/planner/lexicon.h"
#include "assistant/router/router.h"
#include "assistant/slots/slots.h"

namespace troupe::assistant::planner {

/// How an intent came to its score; parts add up.
struct Ranked {
  const Intent* intent = nullptr;
  double verb = 0, things = 0, examples = 0, values = 0;
  double score = 0;
};

/// Unchanging once made; any thread. Outlived by the router and the catalogue.
class Picker {
 public:
  Picker(const router::Router& router, const Catalogue& catalogue);

  /// Of one service, the likeliest first. `text` is the person's own, nothing else. At most `most`.
  std::vector<Ranked> rank(std::string_view service, std::string_view text, const std::vector<slots::Slot>& found,
                           std::size_t most = 8) const;
  /// The sentence asks to read, or says not to, and the intent writes: whoever chose it, the person is asked first.
  bool contradicts(const Intent& intent, std::string_view text) const;

  /// From this score on an intent is taken; below, the person is asked what to do.
  static constexpr double kLeast = 1.8;
  /// A writing intent leads the next one by this much, a reading one by less.
  static constexpr double kLeadToWrite = 0.6, kLeadToRead = 0;

  /// Of a sentence, without the names of services.
  Meaning meaning_of(std::string_view text) const;

 private:
  struct Known {
    const Intent* intent;
    Meaning meaning;
    std::vector<router::Features> examples;
  };
  const router::Router& router_;
  std::set<std::string, std::less<>> names_;  ///< of services, in one word
  std::vector<std::string> phrases_;          ///< of services, in several words
  std::map<std::string, std::vector<Known>, std::less<>> by_service_;
};

}  // namespace troupe::assistant::planner
