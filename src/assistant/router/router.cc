#include "assistant/router/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_map>

namespace troupe::assistant::router {
namespace {

constexpr std::string_view kNone = "none", kAsk = "ask";

double bonus_of(const Mention& mention, const Sentence& sentence, const Calibration& by) {
  if (mention.role == Role::negated) return by.negated;
  if (mention.address && !mention.known_word && mention.edits == 0) return by.pointed;
  const double typos = mention.swapped ? 0 : by.per_edit * static_cast<double>(mention.edits);
  if (mention.known_word) return mention.role == Role::pointed ? by.known_word_pointed : 0;
  if (mention.everyday) {
    if (mention.role == Role::pointed) return by.everyday_pointed - typos;
    if (!mention.own || mention.role != Role::plain) return 0;
    if (mention.subject) return by.everyday_subject - typos;
    const auto& tokens = sentence.tokens();
    const auto at = mention.begin;
    const bool capital = at > 0 && tokens[at].capital && !tokens[at - 1].capital;
    return by.everyday_plain + (capital ? by.everyday_capital : 0);
  }
  switch (mention.role) {
    case Role::pointed:
      return by.pointed - typos;
    case Role::plain:
      return by.plain - typos;
    case Role::aside:
      return by.aside_alone - typos;
    default:
      return by.content_alone;
  }
}

/// The words that follow the service's own name in its examples, where they say something: "bolt jobs".
Words subjects_of(const Service& service) {
  constexpr std::string_view kSaysNothing =
      " the and for that this with from into about off out please named called saying to of in on at is as by it all "
      "my our a "
      "me ";
  Words subjects;
  for (const auto& phrase : service.phrases) {
    const Sentence sentence(phrase.text);
    const auto& tokens = sentence.tokens();
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
      const auto& next = tokens[i + 1];
      const bool word = next.kind == Kind::word && !next.capital && next.part == Part::command;
      if (tokens[i].text == service.name && word && !is_one_of(next.text, kSaysNothing)) {
        subjects.emplace(next.text);
        subjects.insert(next.text.ends_with('s') ? std::string(next.text.substr(0, next.text.size() - 1))
                                                 : std::string(next.text) + 's');
      }
    }
  }
  return subjects;
}

/// Words that phrases of services have clearly oftener than everyday ones: "lead", and not "need".
Words telling_words(const std::vector<Service>& services, const Background& background) {
  constexpr int kOftener = 3;
  std::unordered_map<std::string, int> oftener;
  const auto count = [&](const std::string& text, int by) {
    Words here, twice;
    collect_words(Sentence(text), here, twice);
    for (const auto& word : here) oftener[word] += by;
  };
  for (const auto& phrase : background) count(phrase.text, -1);
  for (const auto& service : services) {
    for (const auto& phrase : service.phrases) count(phrase.text, 1);
  }
  Words telling;
  for (const auto& [word, by] : oftener) {
    if (by >= kOftener) telling.insert(word);
  }
  return telling;
}

void share_out(std::vector<Score>& scores) {
  const auto total = [](const Score& score) { return score.model + score.named + score.learned; };
  double most = total(scores.front());
  for (const auto& score : scores) most = std::max(most, total(score));
  double sum = 0;
  for (auto& score : scores) sum += score.share = std::exp(total(score) - most);
  for (auto& score : scores) score.share /= sum;
}

}  // namespace

void Choices::add(Choice choice) {
  remove(choice.id);
  if (kept_.size() >= kMost) kept_.erase(kept_.begin());
  auto features = router_.features(choice.text, Parts::no);
  kept_.push_back({.choice = std::move(choice), .features = std::move(features)});
}

bool Choices::remove(std::string_view id) {
  return std::erase_if(kept_, [&](const Kept& kept) { return kept.choice.id == id; }) > 0;
}

std::vector<Choice> Choices::list() const {
  std::vector<Choice> out;
  out.reserve(kept_.size());
  for (const auto& kept : kept_) out.push_back(kept.choice);
  return out;
}

Router::Router(std::vector<Service> services, const Background& background, const Calibration& calibration)
    : calibration_(calibration), services_(std::move(services)) {
  Words everyday, once, known;
  for (const auto& phrase : background) collect_words(Sentence(phrase.text), everyday, known);
  once = everyday;
  for (const auto& service : services_) {
    for (const auto& phrase : service.phrases) collect_words(Sentence(phrase.text), once, known);
  }
  known_.emplace(std::move(known), telling_words(services_, background));
  std::vector<Names::Service> named;
  named.reserve(services_.size());
  for (const auto& service : services_) {
    named.push_back({.name = service.name, .synonyms = service.synonyms, .subjects = subjects_of(service)});
  }
  names_.emplace(named, everyday);

  std::vector<Example> examples;
  const auto add = [&](const Phrase& phrase, std::size_t label, float weight) {
    Sentence sentence(phrase.text);
    const auto naming = names_->find(sentence);
    examples.push_back({.features = features_of(sentence, naming, *known_), .label = label, .weight = weight});
  };
  for (std::size_t i = 0; i < services_.size(); ++i) {
    for (const auto& phrase : services_[i].phrases) add(phrase, i, calibration_.service_weight);
  }
  for (const auto& phrase : background) {
    const bool vague = phrase.intent == kAsk;
    add(phrase, services_.size() + (vague ? 1 : 0), vague ? calibration_.ask_weight : 1.0F);
  }
  model_ = LinearModel::train(examples, services_.size() + 2, calibration_.training);
}

Features Router::features(std::string_view text, Parts parts) const {
  Sentence sentence(text);
  const auto naming = names_->find(sentence);
  return features_of(sentence, naming, *known_, parts);
}

Decision Router::route(std::string_view text, const Choices* choices) const {
  Sentence sentence(text);
  const auto naming = names_->find(sentence);
  const bool empty = std::ranges::none_of(sentence.tokens(), [](const Token& t) { return t.kind != Kind::mark; });
  if (empty)
    return {
        .outcome = Outcome::none, .service = {}, .confidence = 1, .candidates = {}, .not_enabled = {}, .scores = {}};
  auto scores = scores_of(sentence, naming);
  add_names(sentence, naming, scores);
  std::vector<Learned> learned;
  if (choices && !choices->kept_.empty()) {
    learned = add_choices(features_of(sentence, naming, *known_, Parts::no), *choices, scores);
  }
  share_out(scores);
  auto decision = decide(scores, naming);
  std::ranges::sort(scores, [](const Score& a, const Score& b) {
    return std::tie(b.share, a.service) < std::tie(a.share, b.service);
  });
  decision.scores = std::move(scores);
  decision.learned = std::move(learned);
  return decision;
}

std::vector<Score> Router::scores_of(const Sentence& sentence, const Naming& naming) const {
  const auto odds = model_.log_odds(features_of(sentence, naming, *known_));
  std::vector<Score> scores(odds.size());
  for (std::size_t i = 0; i < odds.size(); ++i) {
    scores[i].service = i < services_.size() ? services_[i].name : i == services_.size() ? kNone : kAsk;
    scores[i].model = std::max<double>(odds[i], calibration_.least_model);
  }
  return scores;
}

void Router::add_names(const Sentence& sentence, const Naming& naming, std::vector<Score>& scores) const {
  // One that is only spoken of counts where no other service is meant.
  const bool meant = std::ranges::any_of(naming.mentions, [](const Mention& m) {
    return m.role <= Role::plain && (!m.everyday || m.subject || m.role == Role::pointed);
  });
  // "Comment on the Fry project that X is down" is about photos: the subject is another service's for sure.
  const auto services = scores.begin() + static_cast<std::ptrdiff_t>(services_.size());
  const auto likeliest = std::ranges::max_element(scores.begin(), services, {}, &Score::model);
  const auto subject = static_cast<std::size_t>(likeliest - scores.begin());
  const bool is_sure = likeliest != services && likeliest->model > calibration_.sure_subject;
  bool clear = false;
  std::vector<bool> seen(services_.size());
  for (const auto& mention : naming.mentions) {
    auto& score = scores[mention.service];
    double bonus = bonus_of(mention, sentence, calibration_);
    if (meant && (mention.role == Role::aside || mention.role == Role::content)) bonus = 0;
    if (mention.role == Role::aside && mention.service != subject && is_sure)
      bonus = std::min(bonus, calibration_.aside_beside);
    if (mention.beside) bonus = std::min(bonus, calibration_.beside);
    clear = clear || (bonus > 3.5 && (!mention.everyday || mention.edits == 0 || mention.swapped));
    if (bonus < 0 || !seen[mention.service]) {
      score.named = bonus;
    } else {
      score.named = score.named < 0 ? score.named : std::max(score.named, bonus);
    }
    seen[mention.service] = true;
    const auto& tokens = sentence.tokens();
    const auto* begin = tokens[mention.begin].text.data();
    const auto& last = tokens[mention.end - 1].text;
    const std::string_view said(begin, static_cast<std::size_t>(last.data() + last.size() - begin));
    score.why += fmt::format("{}\"{}\" {}{}", score.why.empty() ? "" : "; ", said, name_of(mention.role),
                             mention.everyday ? ", an everyday word" : "");
    if (mention.edits > 0) score.why += fmt::format(", {} edits", mention.edits);
  }
  if (!clear) return;
  const bool everyday_only = std::ranges::all_of(naming.mentions, [](const Mention& m) { return m.everyday; });
  scores[services_.size()].named = everyday_only ? calibration_.named_not_none / 4 : calibration_.named_not_none;
  scores[services_.size() + 1].named = calibration_.named_not_vague;
}

std::vector<Learned> Router::add_choices(const Features& features, const Choices& choices,
                                         std::vector<Score>& scores) const {
  std::vector<Learned> learned;
  for (const auto& kept : choices.kept_) {
    const float alike = likeness(features, kept.features);
    if (alike < calibration_.least_like) continue;
    const auto score = std::ranges::find(scores, kept.choice.service, &Score::service);
    if (score == scores.end()) continue;
    const double more = calibration_.per_choice * kept.choice.weight * (alike - calibration_.least_like) /
                        (1 - calibration_.least_like);
    score->learned = std::min(calibration_.most_choices, score->learned + more);
    learned.push_back({.id = kept.choice.id, .service = kept.choice.service, .likeness = alike});
  }
  std::ranges::sort(learned, [](const Learned& a, const Learned& b) {
    return std::tie(b.likeness, a.id) < std::tie(a.likeness, b.id);
  });
  // The words of it may be somebody else's: they are shown to whom they belong, by the choice's id.
  for (auto& score : scores) {
    if (score.learned > 0) score.why += score.why.empty() ? "chosen before" : "; chosen before";
  }
  return learned;
}

Decision Router::decide(const std::vector<Score>& scores, const Naming& naming) const {
  Decision decision;
  const auto none = services_.size(), ask = none + 1;
  std::size_t best = 0, second = 0;
  double services = 0;
  for (std::size_t i = 0; i < none; ++i) {
    services += scores[i].share;
    if (scores[i].share > scores[best].share) best = i;
  }
  for (std::size_t i = 0; i < none; ++i) {
    if (i != best && (second == best || scores[i].share > scores[second].share)) second = i;
  }
  const double lead = none > 1 ? scores[best].share / std::max(scores[second].share, 1e-9) : 1e9;
  if (none > 0 && !services_[best].enabled && scores[best].share >= calibration_.least_share) {
    decision.not_enabled = services_[best].name;
    decision.confidence = scores[best].share;
    return decision;
  }
  if (none > 0 && scores[best].share >= calibration_.least_share && lead >= calibration_.least_lead &&
      !naming.several) {
    decision.outcome = Outcome::service;
    decision.service = services_[best].name;
    decision.confidence = scores[best].share;
    decision.candidates.push_back({.service = decision.service, .confidence = decision.confidence});
    return decision;
  }
  if (services + scores[ask].share >= calibration_.least_to_ask) {
    decision.outcome = Outcome::ask;
    decision.confidence = services + scores[ask].share;
    offer(decision, scores, naming);
    if (!decision.candidates.empty()) return decision;
    decision.outcome = Outcome::none;
  }
  decision.confidence = scores[none].share;
  return decision;
}

void Router::offer(Decision& decision, const std::vector<Score>& scores, const Naming& naming) const {
  for (std::size_t i = 0; i < services_.size(); ++i) {
    const bool named = std::ranges::any_of(naming.mentions, [&](const Mention& m) {
      return m.service == i && m.role <= Role::plain && !m.known_word &&
             (m.own || !m.everyday || m.role == Role::pointed);
    });
    if (services_[i].enabled && (naming.several ? named : scores[i].named >= 0)) {
      decision.candidates.push_back({.service = services_[i].name, .confidence = scores[i].share});
    }
  }
  std::ranges::sort(decision.candidates, [](const Candidate& a, const Candidate& b) {
    return std::tie(b.confidence, a.service) < std::tie(a.confidence, b.service);
  });
  // Where a few are clearly likelier, the others are no help; a vague text could be for any.
  if (scores.back().share < calibration_.least_to_ask && !naming.several) {
    const auto least =
        decision.candidates.empty() ? 0 : decision.candidates.front().confidence * calibration_.least_offered;
    std::erase_if(decision.candidates, [&](const Candidate& one) { return one.confidence < least; });
  }
}

}  // namespace troupe::assistant::router
