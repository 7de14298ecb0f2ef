#include "meetings/types/speech.h"

#include "base/transitions.h"

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

std::optional<SpeakerMapping> parse_mapping(std::string_view text) { return base::find_named(kSpeakerMappings, text); }

}  // namespace troupe::meetings
