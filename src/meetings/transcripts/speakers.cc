#include "meetings/transcripts/speakers.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace troupe::meetings::transcripts {
namespace {

struct Share {
  std::int64_t spoken_ms = 0;
  std::int64_t counted_to = 0;  ///< two begins without an end between them overlap
  std::int64_t from_ms = 0;
  std::string name{};
};

}  // namespace

Attribution attribute(std::vector<Speaking> all, std::int64_t start_ms, std::int64_t end_ms, bool any_events) {
  std::ranges::sort(all, {}, [](const Speaking& s) { return std::tuple(s.from_ms, s.who, s.until_ms); });
  std::map<std::int64_t, Share> shares;
  for (auto& one : all) {
    const auto until = std::min(one.until_ms, end_ms);
    auto [found, is_new] = shares.try_emplace(one.who, Share{.counted_to = start_ms, .from_ms = one.from_ms});
    auto& share = found->second;
    const auto from = std::max(one.from_ms, share.counted_to);
    share.name = std::move(one.name);
    if (until <= from) continue;
    share.spoken_ms += until - from;
    share.counted_to = until;
  }
  std::erase_if(shares, [](const auto& entry) { return entry.second.spoken_ms == 0; });
  if (shares.empty()) return {.mapping = any_events ? SpeakerMapping::unknown : SpeakerMapping::no_events};
  const auto longest = std::ranges::max_element(shares, {}, [](const auto& entry) {
    return std::tuple(entry.second.spoken_ms, -entry.second.from_ms, -entry.first);
  });
  return {.speaker = longest->second.name,
          .mapping = shares.size() == 1 ? SpeakerMapping::mapped : SpeakerMapping::several};
}

}  // namespace troupe::meetings::transcripts
