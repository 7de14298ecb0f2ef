// Texts that people write to the assistant: whatever the bytes, the shares add up, and nothing that is not enabled is
// chosen or offered.

// modules: assistant
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "assistant/router/router.h"

namespace {

using namespace troupe::assistant::router;

const Router& router() {
  static const Router kRouter(
      {{.name = "slack",
        .synonyms = {"chat"},
        .phrases = {{"post to #ops in slack", "send"}, {"list channels", "list"}}},
       {.name = "companycam", .synonyms = {"company cam"}, .phrases = {{"list projects", "list"}}},
       {.name = "bolt", .synonyms = {"eci bolt"}, .phrases = {{"list jobs", "list"}}, .enabled = false}},
      {{"cut me some slack", "none"}, {"a hex bolt", "none"}, {"find it", "ask"}});
  return kRouter;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto decision = router().route(text);
  double all = 0;
  for (const auto& score : decision.scores) all += score.share;
  if (!decision.scores.empty() && std::abs(all - 1) > 1e-6) std::abort();
  if (decision.service == "bolt" || (decision.outcome == Outcome::service) == decision.service.empty()) std::abort();
  for (const auto& one : decision.candidates) {
    if (one.service == "bolt") std::abort();
  }
  if (decision.outcome == Outcome::ask && decision.candidates.empty()) std::abort();
  return 0;
}
