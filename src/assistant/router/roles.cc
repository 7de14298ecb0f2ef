#include "assistant/router/roles.h"

#include <algorithm>

namespace troupe::assistant::router {
namespace {

// Words before a service's name that point to it: English, German, Spanish, French, Portuguese, Italian.
constexpr std::string_view kPoints =
    " in on to into onto via through using use with from at inside within by over open check tell ask have let query "
    "search "
    "im auf uber mit aus bei von ins zu nach benutze en por con desde al usando usa dans sur avec depuis utilise no na "
    "em pelo "
    "pela com ao use su per nel ";
// The few of them that also make an everyday word a name.
constexpr std::string_view kPointsStrictly =
    " in on to into onto via through using use from at inside within by open check tell ask im auf uber mit aus bei "
    "ins nach en "
    "por con desde usando usa dans sur avec depuis utilise em pelo usando com ";
// And of those the ones that make a service of a word which is only a synonym: "via chat".
constexpr std::string_view kUses = " in via through use using by im uber mit per por en usando usa utilise dans ";
constexpr std::string_view kSources = " from of with aus von de desde do da du avec con com mit ";
constexpr std::string_view kTowards = " to into onto nach zu ins a al vers para ao ";
constexpr std::string_view kArticles =
    " the a an our my your their this that some any der die das dem den unser unsere el la los las nuestro un una le "
    "les notre o "
    "os as nosso ";
constexpr std::string_view kFillers =
    " hey hi hello ok okay please bitte por favor s'il te plait can could would you i want need to now so and the go "
    "ahead just "
    "in on for we dear ";
constexpr std::string_view kNegates = " not no without except avoid skip forget never nicht ohne sin sans sem pas ";
constexpr std::string_view kTransfers =
    " copy move sync synchronize synchronise transfer export import migrate convert push mirror duplicate compare "
    "merge connect "
    "link clone kopiere verschiebe ubertrage synchronisiere copia mueve sincroniza pasa transfiere copie deplace "
    "synchronise "
    "transfere mova sincronize ";
constexpr std::string_view kSends = " send put bring take share forward add turn ";
constexpr std::string_view kJoins = " or and / vs versus & oder und o y ou et e u both , ";
constexpr std::string_view kThings = " app account system channel workspace api tool site server channels ";
// "to slack off", "to bolt it down": a verb, no name.
constexpr std::string_view kAfterVerbs = " off out down up it the this that them my a ";
constexpr std::string_view kIs = " is are was were has have had keeps needs seems looks does went ";

class Roles {
 public:
  Roles(Sentence& sentence, Naming& naming) : sentence_(sentence), tokens_(sentence.tokens()), naming_(naming) {}

  void give() {
    open_address();
    for (auto& mention : naming_.mentions) mention.role = role_of(mention);
    for (auto& mention : naming_.mentions) {
      if (is_in_a_name(mention)) mention.role = Role::content;
    }
    settle();
  }

  std::string_view word(std::size_t at) const { return at < tokens_.size() ? tokens_[at].text : std::string_view(); }
  std::string_view before(std::size_t at, std::size_t n) const {
    return at >= n ? tokens_[at - n].text : std::string_view();
  }

 private:
  /// "ECI Bolt: add a customer": what follows is the command.
  void open_address() {
    const auto colon =
        std::ranges::find_if(tokens_, [](const Token& t) { return t.text == ":" && t.part != Part::payload; });
    const auto end = static_cast<std::size_t>(colon - tokens_.begin());
    if (end >= tokens_.size() || !only_names_until(end, true)) return;
    sentence_.open_content(end + 1);
    for (auto& mention : naming_.mentions) mention.address = mention.end == end;
  }

  /// Whether there is nothing but names and polite words before a token.
  bool only_names_until(std::size_t end, bool needs_name = false) const {
    bool named = false;
    for (std::size_t i = 0; i < end; ++i) {
      const auto* mention = mention_at(i);
      named = named || mention;
      if (!mention && tokens_[i].kind != Kind::mark && !is_one_of(tokens_[i].text, kFillers)) return false;
    }
    return named || !needs_name;
  }

  bool only_polite_after(std::size_t begin) const {
    return std::all_of(tokens_.begin() + static_cast<long>(begin), tokens_.end(),
                       [](const Token& t) { return t.kind == Kind::mark || is_one_of(t.text, kFillers); });
  }

  const Mention* mention_at(std::size_t at) const {
    for (const auto& mention : naming_.mentions) {
      if (mention.begin <= at && at < mention.end) return &mention;
    }
    return nullptr;
  }

  bool is_negated(std::size_t at) const {
    const auto one = before(at, 1), two = before(at, 2), three = before(at, 3);
    if (one == "no") return false;  // "no slack" is a rope's, or Portuguese for "in"
    if (is_one_of(one, kNegates) || (one == "of" && two == "instead") || (one == "than" && two == "rather"))
      return true;
    const bool linked = is_one_of(one, kPoints);
    return linked &&
           (is_one_of(two, " not never nicht pas don't ") || ((two == "use" || two == "put") && three == "not"));
  }

  /// "…for Slack & Bolt Hardware LLC" where another service is named: a part of somebody's name.
  bool is_in_a_name(const Mention& mention) const {
    if (!mention.everyday || mention.role > Role::plain || !tokens_[mention.begin].capital) return false;
    const bool named = std::ranges::any_of(naming_.mentions, [&](const Mention& m) {
      return m.service != mention.service && !m.everyday && m.role <= Role::plain;
    });
    constexpr std::string_view kCompanies =
        " inc llc ltd co corp company gmbh ag bros brothers sons group roofing hardware construction builders "
        "contracting contractors plumbing electric electrical supply services solutions homes exteriors ";
    auto at = mention.end;
    bool company = false;
    while (at < tokens_.size() && (tokens_[at].text == "&" || (mention_at(at) && tokens_[at].capital))) {
      company = company || tokens_[at].text == "&";
      ++at;
    }
    const auto is_of_name = [&](std::size_t i) {
      return i < tokens_.size() && tokens_[i].kind == Kind::word && tokens_[i].capital;
    };
    for (auto i = at; is_of_name(i); ++i) company = company || is_one_of(tokens_[i].text, kCompanies);
    return named && company && is_of_name(at);
  }

  Role role_of(Mention& mention) const {
    const auto at = mention.begin;
    const auto& first = tokens_[at];
    if (is_negated(at) || (before(at, 1) == "use" && is_one_of(before(at, 2), " don't not dont ")))
      return Role::negated;
    if (first.part == Part::content) return Role::content;
    if (first.part == Part::aside) return Role::aside;
    const auto next = word(mention.end);
    const bool starts = only_names_until(at);
    const bool marked =
        next == ":" || next == "," || next == "-" || mention.end >= tokens_.size() || only_polite_after(mention.end);
    if (starts && (!mention.everyday || marked || mention.edits > 0)) return Role::pointed;
    if (!starts && is_one_of(next, kIs)) return Role::aside;
    const bool quoted = before(at, 1) == "\"" || before(at, 1) == "'" || before(at, 1) == "`";
    const bool article = is_one_of(before(at, 1), kArticles);
    const auto pointer = before(at, article || quoted ? 2 : 1);
    mention.transfer = is_one_of(pointer, kTowards);
    mention.source = is_one_of(pointer, kSources);
    if (mention.everyday && pointer == "to" && is_one_of(next, kAfterVerbs)) return Role::plain;
    const auto points = !mention.everyday ? kPoints : mention.own ? kPointsStrictly : kUses;
    if (!is_one_of(pointer, points)) return Role::plain;
    if (!article) return Role::pointed;
    return is_one_of(next, kThings) || (!mention.everyday && next.empty()) ? Role::pointed : Role::plain;
  }

  bool any(std::string_view list, std::size_t until) const {
    return std::any_of(tokens_.begin(), tokens_.begin() + static_cast<long>(until), [&](const Token& t) {
      return t.part == Part::command && t.kind == Kind::word && is_one_of(t.text, list);
    });
  }

  /// "companycam or X", "copy the X customer to acculynx": by an everyday word a service may be meant beside another.
  bool is_set_beside(const Mention& mention) const {
    if (!mention.own || naming_.mentions.size() < 2) return false;
    const auto at = mention.begin;
    const bool after = is_one_of(before(at, 1), kJoins) && at >= 2 && mention_at(at - 2);
    const bool ahead = is_one_of(word(mention.end), kJoins) && mention_at(mention.end + 1);
    return after || ahead || any(kTransfers, at);
  }

  bool joined(const Mention& a, const Mention& b) const {
    for (auto i = a.end; i < b.begin; ++i) {
      if (tokens_[i].part == Part::command && tokens_[i].text != "," && is_one_of(tokens_[i].text, kJoins)) return true;
    }
    return false;
  }

  /// Several services in one sentence: side by side, or one of them is only spoken of.
  void settle() {
    std::vector<Mention*> live;
    for (auto& mention : naming_.mentions) {
      const bool weak =
          mention.everyday && mention.role != Role::pointed && !mention.subject && !is_set_beside(mention);
      if (mention.role <= Role::plain && !weak) live.push_back(&mention);
    }
    bool different = false;
    for (const auto* mention : live) different = different || mention->service != live.front()->service;
    if (!different) return;
    const auto last = live.back()->begin;
    const bool taken_over =
        std::ranges::any_of(live, [](const Mention* m) { return m->transfer; }) && any(kSends, last);
    bool side_by_side = any(kTransfers, last) || taken_over;
    for (std::size_t i = 0; i + 1 < live.size(); ++i) {
      if (live[i]->service != live[i + 1]->service && joined(*live[i], *live[i + 1])) side_by_side = true;
    }
    // "Slack: X or Y?" is said in Slack.
    const bool addressed = live.front()->address && !any(kTransfers, last);
    if (side_by_side && !addressed) {
      naming_.several = true;
      return;
    }
    // "in X" wins over "the Y project"; among equals the first, which is nearer to the verb.
    const auto rank = [](const Mention* m) { return (m->source ? 2 : 0) + (m->role == Role::pointed ? 0 : 1); };
    const auto* main = *std::ranges::min_element(live, {}, rank);
    for (auto* mention : live) {
      if (mention->service == main->service) continue;
      mention->role = Role::aside;
      mention->beside = true;
    }
  }

  Sentence& sentence_;
  const std::vector<Token>& tokens_;
  Naming& naming_;
};

}  // namespace

void give_roles(Sentence& sentence, Naming& naming) { Roles(sentence, naming).give(); }

bool is_quoted_name(const Sentence& sentence, std::size_t at) {
  const auto& tokens = sentence.tokens();
  if (at < 2 || at + 1 >= tokens.size()) return false;
  const bool quotes = tokens[at - 1].kind == Kind::mark && tokens[at - 1].text == tokens[at + 1].text;
  return quotes && is_one_of(tokens[at - 2].text, " in on via using use ");
}

}  // namespace troupe::assistant::router
