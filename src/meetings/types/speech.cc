#include "meetings/types/speech.h"

namespace troupe::meetings {

std::string_view to_string(SpeakerMapping mapping) {
  switch (mapping) {
    case SpeakerMapping::mapped:
      return "mapped";
    case SpeakerMapping::several:
      return "several";
    case SpeakerMapping::no_events:
      return "no_events";
    case SpeakerMapping::unknown:
      break;
  }
  return "unknown";
}

std::optional<SpeakerMapping> parse_mapping(std::string_view text) {
  for (const auto mapping : kSpeakerMappings) {
    if (to_string(mapping) == text) return mapping;
  }
  return std::nullopt;
}

}  // namespace troupe::meetings
