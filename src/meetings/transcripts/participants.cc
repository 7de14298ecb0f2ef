#include "meetings/transcripts/participants.h"

#include <algorithm>
#include <map>

namespace troupe::meetings::transcripts {
namespace {

std::int64_t count_words(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  std::int64_t words = 0;
  for (std::size_t at = text.find_first_not_of(kBlanks); at != std::string_view::npos; ++words) {
    const auto end = text.find_first_of(kBlanks, at);
    if (end == std::string_view::npos) return words + 1;
    at = text.find_first_not_of(kBlanks, end);
  }
  return words;
}

}  // namespace

std::vector<Participant> participants_of(const std::vector<Segment>& segments) {
  std::vector<const Segment*> ordered;
  for (const auto& segment : segments) {
    if (!segment.speaker.empty()) ordered.push_back(&segment);
  }
  std::ranges::sort(ordered, {}, [](const Segment* one) { return std::pair(one->said_ms, one->until_ms); });
  std::vector<Participant> all;
  std::map<std::string_view, std::size_t> places;
  for (const auto* segment : ordered) {
    const auto known = places.find(segment->who());
    if (known == places.end() && all.size() >= kMostParticipants) continue;
    const auto until = std::max(segment->until_ms, segment->said_ms);
    const bool is_new = known == places.end();
    if (is_new) {
      places[segment->who()] = all.size();
      all.push_back({.name = segment->speaker, .first_ms = segment->said_ms, .last_ms = segment->said_ms});
    }
    auto& who = all[is_new ? all.size() - 1 : known->second];
    who.spoken_ms += std::max<std::int64_t>(until - std::max(segment->said_ms, who.last_ms), 0);
    who.last_ms = std::max(who.last_ms, until);
    who.words += count_words(segment->text);
    ++who.segments;
  }
  return all;
}

}  // namespace troupe::meetings::transcripts
