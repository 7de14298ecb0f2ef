#include "assistant/planner/name_words.h"

#include <algorithm>

#include "assistant/planner/lexicon.h"
#include "assistant/router/fold.h"
#include "assistant/router/sentence.h"

namespace troupe::assistant::planner {
namespace {

using slots::Kind;
using slots::Slot;

struct Word {
  std::size_t begin = 0, end = 0;
  std::string folded;
  bool capital = false;
  bool breaks = false;  ///< a comma, a colon or the like stands before it
};

constexpr std::size_t kMostNameWords = 4;
constexpr std::size_t kMostWords = 2'000;
/// A verb whose object is what is looked for.
constexpr std::string_view kSeeks =
    " find search for look up lookup locate suche finde busca buscar cherche procure busque put add on ";
/// Between a thing and its name.
constexpr std::string_view kCalled =
    " called named name titled namens genannt llamado llamada chamado chamada nomme nommee ";
/// Things whose names are written small.
constexpr std::string_view kSmallNamed = " bot user room channel ";
/// What follows is no part of the name any more, unless it goes on with a capital.
constexpr std::string_view kEndsNames = " in on to into for with and who that at from wants says saying please via as ";
constexpr std::string_view kParticles = " de del la le da do das dos van von der den di & ";

bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || byte >= 0x80 ||
         c == '\'' || c == '-' || c == '_' || c == '.' || c == '&';
}

std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> out;
  bool breaks = false;
  for (std::size_t at = 0; at < text.size() && out.size() < kMostWords;) {
    if (!is_word_byte(text[at])) {
      breaks = breaks || (text[at] != ' ' && text[at] != '\n' && text[at] != '\t');
      ++at;
      continue;
    }
    auto end = at;
    while (end < text.size() && is_word_byte(text[end])) ++end;
    auto last = end;
    while (last > at && (text[last - 1] == '.' || text[last - 1] == '\'' || text[last - 1] == '-')) --last;
    if (last > at) {
      const auto folded = router::fold(text.substr(at, last - at));
      out.push_back({.begin = at,
                     .end = last,
                     .folded = folded.text,
                     .capital = folded.upper.starts_with('^'),
                     .breaks = breaks});
      breaks = last != end;
    }
    at = end;
  }
  return out;
}

bool is_service(const Word& word, const std::vector<std::string>& services) {
  return std::ranges::find(services, word.folded) != services.end();
}

bool can_be_name(const Word& word, const std::vector<std::string>& services) {
  return !is_service(word, services) && !is_plain_word(word.folded) && !router::is_one_of(word.folded, kSeeks);
}

bool is_thing(const std::vector<Word>& words, std::size_t at, const std::vector<std::string>& known,
              std::size_t& count) {
  for (const auto& each : known) {
    const auto parts = static_cast<std::size_t>(std::ranges::count(each, ' ')) + 1;
    if (at + parts > words.size()) continue;
    std::string phrase = words[at].folded;
    for (std::size_t i = 1; i < parts; ++i) phrase += " " + words[at + i].folded;
    if (phrase != each) continue;
    count = parts;
    return true;
  }
  return false;
}

class Namer {
 public:
  Namer(std::string_view text, const std::vector<std::string>& services, std::vector<Slot>& found)
      : text_(text), services_(services), found_(found), words_(words_of(text)) {}

  /// `small`: a name may be written small.
  bool beside(const std::vector<std::string>& known, bool small) {
    for (std::size_t at = 0; at < words_.size(); ++at) {
      std::size_t count = 0;
      if (!is_thing(words_, at, known, count)) continue;
      if (before(at) || behind(at + count, small)) return true;
    }
    return false;
  }

  bool sought() {
    for (std::size_t at = 0; at + 1 < words_.size(); ++at) {
      if (router::is_one_of(words_[at].folded, kSeeks) && words_[at + 1].capital && behind(at + 1, false)) return true;
    }
    return false;
  }

  /// "New lead: Ann Lee, …"
  bool after_colon() {
    const auto colon = text_.find(": ");
    if (colon == text_.npos) return false;
    const auto first = std::ranges::find_if(words_, [&](const Word& word) { return word.begin > colon; });
    if (first == words_.end()) return false;
    const auto at = static_cast<std::size_t>(first - words_.begin());
    if (!first->capital)
      return words_.size() - at <= 2 && can_be_name(*first, services_) && keep(at, words_.size() - 1);
    auto name = leading_name(text_.substr(first->begin), services_);
    if (!name || !is_free(first->begin, first->begin + name->end)) return false;
    name->begin += first->begin;
    name->end += first->begin;
    found_.push_back(*std::move(name));
    return true;
  }

 private:
  bool is_free(std::size_t begin, std::size_t end) const {
    return std::ranges::none_of(found_, [&](const Slot& slot) { return begin < slot.end && slot.begin < end; });
  }

  bool keep(std::size_t first, std::size_t last) {
    const auto begin = words_[first].begin;
    auto end = words_[last].end;
    if (text_.substr(begin, end - begin).ends_with("'s")) end -= 2;
    if (end <= begin || !is_free(begin, end)) return false;
    found_.push_back(
        {.kind = Kind::name, .value = std::string(text_.substr(begin, end - begin)), .begin = begin, .end = end});
    return true;
  }

  /// "the Kelly project": the words before the thing, up to one that no name has.
  bool before(std::size_t at) {
    auto first = at;
    while (first > 0 && at - first < kMostNameWords && !words_[first].breaks &&
           can_be_name(words_[first - 1], services_) && is_free(words_[first - 1].begin, words_[first - 1].end))
      --first;
    if (first == at || words_[at].breaks) return false;
    // "echo bot" is a name in small letters; "roof project" at the beginning is no more than a word.
    if (!words_[first].capital && first == 0) return false;
    return keep(first, at - 1);
  }

  /// "project Nash", "bot faq".
  bool behind(std::size_t at, bool small) {
    while (at < words_.size() && router::is_one_of(words_[at].folded, kCalled)) ++at;
    auto last = at;
    while (last < words_.size() && last - at < kMostNameWords && (last == at || !words_[last].breaks) &&
           can_be_name(words_[last], services_) && is_free(words_[last].begin, words_[last].end) &&
           (last == at || words_[last].capital == words_[at].capital))
      ++last;
    if (last == at) return false;
    // In small letters only what stands at the end is a name: "bot faq", not "project that leaks again".
    if (!words_[at].capital && (!small || words_[at].breaks || last - at > 2)) return false;
    return keep(at, last - 1);
  }

  std::string_view text_;
  const std::vector<std::string>& services_;
  std::vector<Slot>& found_;
  std::vector<Word> words_;
};

/// Services' names and the genitive belong to no name.
void mend(Slot& slot, const std::vector<std::string>& services) {
  auto words = words_of(slot.value);
  while (!words.empty() && (is_service(words.back(), services))) words.pop_back();
  std::size_t first = 0;
  while (first < words.size() && is_service(words[first], services)) ++first;
  if (first >= words.size()) {
    slot.value.clear();
    return;
  }
  if (router::is_one_of(words[first].folded, kEndsNames) || words[first].folded == "about") {
    slot.value.clear();
    return;
  }
  auto last = first + 1;
  while (last < words.size() &&
         !(router::is_one_of(words[last].folded, kEndsNames) && (last + 1 == words.size() || !words[last + 1].capital)))
    ++last;
  slot.value = slot.value.substr(words[first].begin, words[last - 1].end - words[first].begin);
  for (const std::string_view ending : {"'s", "’s"}) {
    if (const auto cut = slot.value.find(ending); cut != std::string::npos) slot.value.resize(cut);
  }
}

}  // namespace

std::size_t opening_name(std::string_view text, const std::vector<std::string>& services) {
  const auto words = words_of(text.substr(0, 200));
  std::size_t count = 0;
  while (count < words.size() && count < 3 && (is_service(words[count], services))) ++count;
  if (count == 0) return 0;
  auto at = words[count - 1].end;
  while (at < text.size() && text[at] == ' ') ++at;
  if (at >= text.size() || (text[at] != ':' && text[at] != ',' && text[at] != '-')) return 0;
  ++at;
  while (at < text.size() && text[at] == ' ') ++at;
  return at;
}

std::optional<Slot> leading_name(std::string_view text, const std::vector<std::string>& services) {
  const auto words = words_of(text);
  std::size_t last = 0;
  const auto goes_on = [&](std::size_t at) {
    return at < words.size() && words[at].capital && (at == 0 || !words[at].breaks) && can_be_name(words[at], services);
  };
  while (last < kMostNameWords && goes_on(last)) {
    ++last;
    while (last < words.size() && router::is_one_of(words[last].folded, kParticles) &&
           (goes_on(last + 1) || (last + 1 < words.size() && router::is_one_of(words[last + 1].folded, kParticles))))
      ++last;
  }
  if (last == 0) return std::nullopt;
  const auto begin = words[0].begin, end = words[last - 1].end;
  return Slot{.kind = Kind::name, .value = std::string(text.substr(begin, end - begin)), .begin = begin, .end = end};
}

void add_named_things(std::string_view text, const std::set<std::string, std::less<>>& things,
                      const std::vector<std::string>& services, std::vector<Slot>& found) {
  for (auto& slot : found) {
    if (slot.kind == Kind::name) mend(slot, services);
  }
  std::erase_if(found, [](const Slot& slot) { return slot.value.empty(); });
  const bool named = std::ranges::any_of(found, [](const Slot& slot) { return slot.kind == Kind::name; });
  if (named) return;
  Namer namer(text, services, found);
  for (const auto& thing : things) {
    if (namer.beside(words_for(thing), router::is_one_of(thing, kSmallNamed))) return;
  }
  // A comment goes to a project though no intent's name says so.
  for (const std::string_view thing : {"project", "lead", "job", "customer", "bot", "room"}) {
    if (!things.contains(thing) && namer.beside(words_for(thing), false)) return;
  }
  if (!namer.sought()) namer.after_colon();
}

}  // namespace troupe::assistant::planner
