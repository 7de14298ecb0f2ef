#include <algorithm>

#include "assistant/packs/phrases.h"
#include "assistant/router/shipped.h"
#include "assistant/services/services.h"

namespace troupe::assistant::services {
namespace {

/// Sentences that mean no service. They come with the program, so they can be read.
const std::vector<packs::Example>& background() {
  static const auto read = [] {
    auto book = packs::read_phrase_book(packs::shipped_files());
    return book ? std::move(book->background) : std::vector<packs::Example>();
  }();
  return read;
}

packs::PhraseBook phrases_of(const std::vector<InUse>& in_use) {
  packs::PhraseBook book;
  for (const auto& each : in_use) {
    const auto& pack = *each.service.pack;
    book.services.push_back({.service = pack.config.service,
                             .synonyms = pack.config.synonyms,
                             .examples = pack.examples,
                             .enabled = pack.config.enabled});
  }
  std::ranges::sort(book.services, {}, &packs::Phrases::service);
  book.background = background();
  return book;
}

std::vector<const packs::Pack*> packs_of(const std::vector<InUse>& in_use) {
  std::vector<const packs::Pack*> out;
  out.reserve(in_use.size());
  for (const auto& each : in_use) out.push_back(each.service.pack.get());
  return out;
}

}  // namespace

Learned::Learned(const std::vector<InUse>& in_use)
    : router(router::router_of(phrases_of(in_use))),
      catalogue(packs_of(in_use)),
      picker(router, catalogue),
      planner(router, catalogue, picker),
      narrower(router, catalogue.operations()) {}

Offer::Offer(std::vector<InUse> in_use)
    : in_use_(std::move(in_use)), learned_(std::make_shared<const Learned>(in_use_)) {}

const InUse* Offer::find(std::string_view service) const {
  const auto found = std::ranges::find(
      in_use_, service, [](const InUse& each) -> const auto& { return each.service.pack->config.service; });
  return found == in_use_.end() || !found->service.pack->config.enabled ? nullptr : &*found;
}

}  // namespace troupe::assistant::services
