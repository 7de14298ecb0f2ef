#include "assistant/router/names.h"

#include <algorithm>
#include <array>

#include "assistant/router/roles.h"

namespace troupe::assistant::router {
namespace {

constexpr std::size_t kLongestName = 24;
constexpr std::size_t kShortName = 4, kMiddleName = 6, kLongName = 8;

std::vector<std::string> words_of(const std::string& name) {
  std::vector<std::string> words;
  const Sentence sentence(name);
  for (const auto& token : sentence.tokens()) {
    if (token.kind != Kind::mark) words.emplace_back(token.text);
  }
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += word;
  return out;
}

/// How many edits still make the name; more in longer ones.
std::size_t most_edits(std::string_view name, std::string_view word, bool several_words) {
  const bool same_start = name.front() == word.front();
  // "slackware" is a word of its own, no "slack app" with three letters wrong.
  if (word.size() > name.size() + 2 || several_words) return name.size() <= kMiddleName ? 1 : 2;
  if (name.size() <= kShortName) return 1;
  if (name.size() <= kMiddleName) return same_start ? 2 : 1;
  if (name.size() <= kLongName) return same_start ? 3 : 2;
  return same_start ? 3 : 2;
}

}  // namespace

std::size_t edits_between(std::string_view a, std::string_view b, std::size_t most) {
  if (a.size() > kLongestName || b.size() > kLongestName) return most + 1;
  if (a.size() + most < b.size() || b.size() + most < a.size()) return most + 1;
  std::array<std::array<std::size_t, kLongestName + 1>, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& last = rows[(i + 2) % 3];
    const auto& before = rows[(i + 1) % 3];
    row[0] = i;
    auto least = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
      least = std::min(least, row[j]);
    }
    if (least > most) return most + 1;
  }
  return std::min(rows[a.size() % 3][b.size()], most + 1);
}

std::string_view name_of(Role role) {
  constexpr std::array<std::string_view, 5> kNames{"pointed", "plain", "aside", "content", "negated"};
  return kNames[static_cast<std::size_t>(role)];
}

Names::Names(const std::vector<Service>& services, const std::unordered_set<std::string>& everyday)
    : everyday_(everyday) {
  for (std::size_t service = 0; service < services.size(); ++service) {
    subjects_.push_back(services[service].subjects);
    auto all = services[service].synonyms;
    all.insert(all.begin(), services[service].name);
    for (const auto& text : all) {
      auto words = words_of(text);
      if (words.empty()) continue;
      Name name{.service = service, .words = std::move(words), .joined = {}, .own = false, .everyday = false};
      name.joined = joined(name.words);
      name.own = name.joined.contains(joined(words_of(services[service].name)));
      name.everyday = name.words.size() == 1 && everyday_.contains(name.joined);
      by_first_[name.words.front()].push_back(names_.size());
      if (name.words.size() > 1) by_first_[name.joined].push_back(names_.size());
      names_.push_back(std::move(name));
    }
  }
}

bool Names::match_exact(const Sentence& sentence, std::size_t at, Mention& found) const {
  const auto& tokens = sentence.tokens();
  const auto candidates = by_first_.find(std::string(tokens[at].text));
  if (candidates == by_first_.end()) return false;
  found.end = at;
  for (auto index : candidates->second) {
    const auto& name = names_[index];
    auto end = at;
    if (tokens[at].text == name.joined) {
      end = at + 1;
    } else {
      for (const auto& word : name.words) {  // "company-cam" and "company cam"
        if (end > at && end < tokens.size() && tokens[end].text == "-") ++end;
        if (end >= tokens.size() || tokens[end].text != word) {
          end = at;
          break;
        }
        ++end;
      }
    }
    if (end <= found.end) continue;  // the longest
    found = {.service = name.service, .begin = at, .end = end, .everyday = name.everyday, .own = name.own};
  }
  return found.end > at;
}

bool Names::match_near(const Sentence& sentence, std::size_t at, Mention& found) const {
  const auto& tokens = sentence.tokens();
  const auto word = tokens[at].text;
  if (tokens[at].kind != Kind::word || word.size() < kShortName) return false;
  const bool known = is_known(word);
  auto least = kLongestName;
  for (const auto& name : names_) {
    if (name.joined.size() < kShortName || (name.everyday && !name.own)) continue;
    const auto most = known ? 1 : most_edits(name.joined, word, name.words.size() > 1 && !name.own);
    if (word.size() + 2 < name.joined.size()) continue;
    const auto edits = edits_between(word, name.joined, most);
    if (edits == 0 || edits > most || edits >= least) continue;
    least = edits;
    found = {.service = name.service,
             .begin = at,
             .end = at + 1,
             .edits = edits,
             .everyday = name.everyday,
             .own = name.own,
             .known_word = known,
             .swapped = std::ranges::is_permutation(word, name.joined)};
  }
  if (least < kLongestName) return true;
  // A name of two words, one of them mistyped: "compnay cam".
  if (at + 1 >= tokens.size() || tokens[at + 1].kind != Kind::word) return false;
  const auto second = tokens[at + 1].text;
  for (const auto& name : names_) {
    if (name.words.size() != 2 || (known && is_known(second))) continue;
    const auto edits = edits_between(word, name.words[0], 2) + edits_between(second, name.words[1], 1);
    if (edits == 0 || edits > 2) continue;
    found = {.service = name.service, .begin = at, .end = at + 2, .edits = edits, .own = name.own};
    return true;
  }
  return false;
}

Naming Names::find(Sentence& sentence) const {
  Naming naming;
  const auto& tokens = sentence.tokens();
  for (std::size_t at = 0; at < tokens.size();) {
    Mention found;
    const bool may_be = tokens[at].part != Part::payload && (tokens[at].kind == Kind::word);
    const bool quoted_name = tokens[at].part == Part::payload && is_quoted_name(sentence, at);
    if ((may_be || quoted_name) && (match_exact(sentence, at, found) || (may_be && match_near(sentence, at, found)))) {
      const bool more = found.end < tokens.size() && tokens[found.end].kind == Kind::word;
      found.subject = more && found.own && subjects_[found.service].contains(std::string(tokens[found.end].text));
      naming.mentions.push_back(found);
      at = found.end;
    } else {
      ++at;
    }
  }
  if (!naming.mentions.empty()) give_roles(sentence, naming);
  return naming;
}

}  // namespace troupe::assistant::router
