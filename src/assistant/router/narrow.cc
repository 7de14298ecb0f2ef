#include "assistant/router/narrow.h"

#include <algorithm>

namespace troupe::assistant::router {
namespace {

// The service says most: an operation of another one is of little use.
constexpr double kByService = 1.0, kByDescription = 0.6, kByExample = 1.0;

std::string spoken(std::string name) {
  std::ranges::replace(name, '_', ' ');
  return name;
}

}  // namespace

Narrower::Narrower(const Router& router, std::vector<Operation> operations) : router_(router) {
  for (auto& operation : operations) {
    Known known{.operation = std::move(operation), .description = {}, .examples = {}};
    known.description = router.features(spoken(known.operation.name) + ". " + known.operation.summary);
    for (const auto& service : router.services()) {
      if (service.name != known.operation.service) continue;
      for (const auto& phrase : service.phrases) {
        if (phrase.intent == known.operation.name) known.examples.push_back(router.features(phrase.text));
      }
    }
    known_.push_back(std::move(known));
  }
}

double Narrower::score_of(const Known& known, const Features& features, const Decision& decision) const {
  double score = kByDescription * likeness(features, known.description);
  float nearest = 0;
  for (const auto& example : known.examples) nearest = std::max(nearest, likeness(features, example));
  score += kByExample * nearest;
  for (const auto& one : decision.scores) {
    if (one.service == known.operation.service) score += kByService * one.share;
  }
  return score;
}

std::vector<Operation> Narrower::best(std::string_view text, std::size_t most) const {
  const auto features = router_.features(text);
  const auto decision = router_.route(text);
  std::vector<std::pair<double, std::size_t>> ranked;
  ranked.reserve(known_.size());
  for (std::size_t i = 0; i < known_.size(); ++i) ranked.emplace_back(-score_of(known_[i], features, decision), i);
  most = std::min(most, ranked.size());
  std::ranges::partial_sort(ranked, ranked.begin() + static_cast<std::ptrdiff_t>(most));
  std::vector<Operation> out;
  out.reserve(most);
  for (std::size_t i = 0; i < most; ++i) out.push_back(known_[ranked[i].second].operation);
  return out;
}

}  // namespace troupe::assistant::router
