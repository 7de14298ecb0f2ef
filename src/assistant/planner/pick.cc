#include "assistant/planner/pick.h"

#include <algorithm>

#include "base/text.h"

namespace troupe::assistant::planner {
namespace {

constexpr double kSameVerb = 3, kBothRead = 0.8, kReadForWrite = -2.5, kWriteForRead = -6, kOtherWrite = -2,
                 kWriteWithoutVerb = -0.6;
constexpr double kThing = 1.6, kThingMissing = -1.1, kThingLeft = -0.25, kMadeForPeople = 0.6, kFirstThing = 0.7,
                 kCalledByName = 2, kPerExample = 2.2, kOtherTaken = -3;

bool writes_of(const std::set<Verb>& verbs) {
  return std::ranges::any_of(verbs, [](Verb verb) { return !is_reading(verb); });
}
bool reads_of(const std::set<Verb>& verbs) { return std::ranges::any_of(verbs, is_reading); }

/// "Put a comment on" and "create a comment on" are one; "leave a message" is sent.
bool goes_for(Verb said, Verb meant) {
  return said == meant || (said == Verb::add && meant == Verb::create) ||
         (said == Verb::create && meant == Verb::add) ||
         (said == Verb::open && (meant == Verb::get || meant == Verb::find));
}
/// "Tag the photo" makes a tag; "assign Ann to the project" makes no project.
bool labels(Verb said, const Meaning& of) {
  return said == Verb::label && of.verbs.contains(Verb::create) &&
         (of.things.contains("label") || of.things.contains("tag"));
}

double score_verb(const Meaning& said, const Intent& intent, const Meaning& of) {
  if (of.verbs.empty()) return 0;
  const auto meant = *of.verbs.begin();
  if (std::ranges::any_of(said.verbs, [&](Verb each) { return goes_for(each, meant) || labels(each, of); })) {
    // "Start a project": what starts and what is made are told apart by what is named.
    return said.verbs.contains(meant) ? kSameVerb : kSameVerb - 0.5;
  }
  if (said.verbs.empty()) return intent.writes ? kWriteWithoutVerb : 0;
  if (!intent.writes) return reads_of(said.verbs) ? kBothRead : kReadForWrite;
  return writes_of(said.verbs) ? kOtherWrite : kWriteForRead;
}

double score_things(const Meaning& said, const Meaning& of) {
  double score = 0;
  for (const auto& thing : of.things) score += said.things.contains(thing) ? kThing : kThingMissing;
  if (of.things.contains(said.first)) score += kFirstThing;
  // "Remove the label from project 12" takes no project away.
  const bool takes_away = of.verbs.contains(Verb::remove) || of.verbs.contains(Verb::archive);
  if (takes_away && !said.first.empty() && !of.things.contains(said.first)) score += kOtherTaken;
  // "echo", "weather": a name without a verb is all that there is to call it by.
  if (of.verbs.empty() && !of.things.empty() && std::ranges::includes(said.things, of.things)) score += kCalledByName;
  for (const auto& thing : said.things) {
    // Names of people and places are among them, too: what is left over says little.
    if (!of.things.contains(thing) && !words_for(thing).empty() && words_for(thing).size() > 2) score += kThingLeft;
  }
  return score;
}

/// What the values of the sentence say about reading: one with a number is one thing, one without any is a list.
double score_values(const Meaning& said, const Meaning& of, const std::vector<slots::Slot>& found) {
  if (of.verbs.empty()) return 0;
  const auto has = [&](slots::Kind kind) {
    return std::ranges::any_of(found, [&](const auto& each) { return each.kind == kind; });
  };
  const bool number = has(slots::Kind::id);
  const bool described = has(slots::Kind::name) || has(slots::Kind::address) || has(slots::Kind::quoted) ||
                         has(slots::Kind::phone) || has(slots::Kind::email) || has(slots::Kind::channel);
  switch (*of.verbs.begin()) {
    case Verb::list:
      return (number ? -1.0 : 0) + (described ? -0.7 : 0.2) + (said.plural && of.plural ? 0.8 : 0);
    case Verb::get:
      return (number ? 1.0 : 0) + (described ? 0.4 : 0) + (!number && !described ? -0.8 : 0) + (said.plural ? -0.4 : 0);
    case Verb::find:
      return (number ? -0.4 : 0) + (described ? 0.6 : 0) + (!number && !described ? -0.8 : 0);
    case Verb::send:
      return (has(slots::Kind::channel) || has(slots::Kind::handle)) &&
                     (has(slots::Kind::message) || has(slots::Kind::quoted))
                 ? 2.0
                 : 0;
    case Verb::invite:
      return has(slots::Kind::channel) ? 1.0 : 0;
    case Verb::create:
      // What is pointed to is there already: "add Pedro to #crew".
      return (has(slots::Kind::channel) && !said.verbs.contains(Verb::create) ? -2.0 : 0) +
             (number && !said.verbs.contains(Verb::create) ? -2.5 : 0);
    default:
      return 0;
  }
}

}  // namespace

Picker::Picker(const router::Router& router, const Catalogue& catalogue) : router_(router) {
  for (const auto& service : router.services()) {
    names_.insert(service.name);
    for (const auto& synonym : service.synonyms) {
      if (synonym.contains(' ')) phrases_.push_back(base::ascii_lower(synonym));
    }
  }
  std::ranges::sort(phrases_, std::ranges::greater(), &std::string::size);
  for (const auto& intent : catalogue.all()) {
    Known known{.intent = &intent, .meaning = meaning_of_name(intent.name), .examples = {}};
    for (const auto& service : router.services()) {
      if (service.name != intent.service) continue;
      for (const auto& phrase : service.phrases) {
        if (phrase.intent == intent.name) known.examples.push_back(router.features(phrase.text));
      }
    }
    by_service_[intent.service].push_back(std::move(known));
  }
}

std::vector<Ranked> Picker::rank(std::string_view service, std::string_view text, const std::vector<slots::Slot>& found,
                                 std::size_t most) const {
  std::vector<Ranked> out;
  const auto known = by_service_.find(service);
  if (known == by_service_.end()) return out;
  const auto said = meaning_of(text);
  const auto features = router_.features(text);
  for (const auto& each : known->second) {
    float nearest = 0;
    for (const auto& example : each.examples) nearest = std::max(nearest, router::likeness(features, example));
    Ranked ranked{.intent = each.intent};
    ranked.verb = score_verb(said, *each.intent, each.meaning);
    ranked.things = score_things(said, each.meaning) + (each.intent->workflow ? kMadeForPeople : 0);
    ranked.examples = kPerExample * nearest;
    ranked.values = score_values(said, each.meaning, found);
    ranked.score = ranked.verb + ranked.things + ranked.examples + ranked.values;
    out.push_back(ranked);
  }
  std::ranges::sort(out, std::ranges::less(),
                    [](const Ranked& each) { return std::pair(-each.score, std::string_view(each.intent->name)); });
  if (out.size() > most) out.resize(most);
  return out;
}

/// "Photos app" and "Troupe" are neither photos nor a verb mistyped.
Meaning Picker::meaning_of(std::string_view text) const {
  std::string rest(text);
  const auto lower = base::ascii_lower(text);
  for (const auto& phrase : phrases_) {
    for (auto at = lower.find(phrase); at != lower.npos; at = lower.find(phrase, at + phrase.size()))
      rest.replace(at, phrase.size(), phrase.size(), ' ');
  }
  return meaning_of_sentence(rest, names_);
}

bool Picker::contradicts(const Intent& intent, std::string_view text) const {
  if (!intent.writes) return false;
  const auto said = meaning_of(text);
  return said.no_order || (reads_of(said.verbs) && !writes_of(said.verbs));
}

}  // namespace troupe::assistant::planner
