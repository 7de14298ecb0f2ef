#include "assistant/router/shipped.h"

namespace troupe::assistant::router {
namespace {

std::vector<Phrase> phrases_of(const std::vector<packs::Example>& examples) {
  std::vector<Phrase> phrases;
  phrases.reserve(examples.size());
  for (const auto& example : examples) phrases.push_back({.text = example.text, .intent = example.intent});
  return phrases;
}

}  // namespace

Router router_of(const packs::PhraseBook& book, const Calibration& calibration) {
  std::vector<Service> services;
  services.reserve(book.services.size());
  for (const auto& pack : book.services) {
    services.push_back({.name = pack.service,
                        .synonyms = pack.synonyms,
                        .phrases = phrases_of(pack.examples),
                        .enabled = pack.enabled});
  }
  return {std::move(services), phrases_of(book.background), calibration};
}

Result<Router> shipped_router() {
  TRY(auto book, packs::read_phrase_book(packs::shipped_files()));
  return router_of(book);
}

}  // namespace troupe::assistant::router
