#include "assistant/router/features.h"

#include <algorithm>

namespace troupe::assistant::router {
namespace {

constexpr std::size_t kMostWords = 120;
constexpr float kSignWeight = 2;
constexpr float kPairWeight = 0.8F, kPartWeight = 0.35F, kContentWeight = 0.3F, kAsideWeight = 0.4F,
                kUnknownWeight = 0.5F, kNearWeight = 0.7F;
constexpr std::size_t kShortestPart = 3, kLongestPart = 5, kMostPartsOf = 24;

/// What stands for a token that is no word of its own.
std::string_view sign_of(const Token& token) {
  switch (token.kind) {
    case Kind::number:
      return "<number>";
    case Kind::channel:
      return "<channel>";
    case Kind::person:
      return "<person>";
    case Kind::room_alias:
      return "<room>";
    case Kind::email:
      return "<email>";
    case Kind::link:
      return "<link>";
    default:
      return token.text;
  }
}

float weight_of(Part part) {
  return part == Part::command   ? 1.0F
         : part == Part::aside   ? kAsideWeight
         : part == Part::content ? kContentWeight
                                 : 0.0F;
}

void add_parts(FeatureSet& set, std::string_view word, float weight) {
  word = word.substr(0, kMostPartsOf);
  std::string framed;
  framed.reserve(word.size() + 2);
  framed += '^';
  framed += word;
  framed += '$';
  for (auto size = kShortestPart; size <= kLongestPart; ++size) {
    for (std::size_t at = 0; at + size <= framed.size(); ++at) {
      set.add('c', std::string_view(framed).substr(at, size), weight * kPartWeight);
    }
  }
}

}  // namespace

Features features_of(const Sentence& sentence, const Naming& naming, const Vocabulary& known, Parts parts) {
  const auto& tokens = sentence.tokens();
  FeatureSet set;
  set.add('b', "");
  if (sentence.has_payload()) set.add('s', "<payload>");
  std::string_view last = "<start>";
  std::size_t words = 0;
  auto mention = naming.mentions.begin();
  for (std::size_t i = 0; i < tokens.size() && words < kMostWords; ++i) {
    const auto& token = tokens[i];
    const float weight = weight_of(token.part);
    if (mention != naming.mentions.end() && i == mention->begin) {
      const bool shown = mention->everyday && mention->edits == 0 && mention->role <= Role::plain;
      const bool spoken_of = mention->role > Role::plain;
      const auto end = mention->end;
      ++mention;
      if (!shown) {
        if (!spoken_of) set.add('s', "<service>");
        if (!spoken_of) set.add('2', last, "<service>", kPairWeight);
        last = "<service>";
        i = end - 1;
        continue;
      }
    }
    if (weight == 0) continue;
    if (token.kind == Kind::mark) {
      if (token.text == "?") set.add('m', "?", 0.5F);
      continue;
    }
    ++words;
    auto word = sign_of(token);
    bool near = false;
    if (token.kind == Kind::word) {
      const bool is_known = known.knows(word);
      // A capital inside a sentence begins a name: "Reed" is no mistyped "lead".
      if (!is_known && !(token.capital && words > 1)) {
        const auto meant = known.meant_by(word);
        near = !meant.empty();
        if (near) word = meant;
      }
      if (parts == Parts::yes) add_parts(set, word, weight);
      if (!is_known && !near) word = "<unknown>";
    }
    const bool sign = token.kind == Kind::channel || token.kind == Kind::person || token.kind == Kind::room_alias;
    const float own = weight * (word == "<unknown>" ? kUnknownWeight : near ? kNearWeight : sign ? kSignWeight : 1.0F);
    set.add('1', word, own);
    set.add('2', last, word, weight * kPairWeight);
    last = word;
  }
  set.add('2', last, "<end>", kPairWeight);
  set.add('l', words < 2 ? "1" : words < 4 ? "3" : words < 9 ? "8" : "9", 0.5F);
  return set.take();
}

void collect_words(const Sentence& sentence, Words& once, Words& twice) {
  Words here;
  for (const auto& token : sentence.tokens()) {
    if (token.kind != Kind::word) continue;
    std::string word(token.text);
    if (!here.insert(word).second) continue;
    if (!once.insert(word).second) twice.insert(std::move(word));
  }
}

}  // namespace troupe::assistant::router
