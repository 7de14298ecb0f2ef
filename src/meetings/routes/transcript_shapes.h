// What transcripts look like in /api/v1.
#pragma once
#include "api/shape.h"
#include "meetings/routes/meeting_shapes.h"
#include "meetings/transcripts/transcripts.h"

namespace troupe::api {

template <>
struct Words<meetings::SpeakerMapping> {
  static constexpr std::string_view name = {};
  static constexpr auto values = meetings::kSpeakerMappings;
  static std::string_view word(meetings::SpeakerMapping mapping) { return meetings::to_string(mapping); }
};

Shape<meetings::Segment> make_shape(Of<meetings::Segment>);
Shape<meetings::transcripts::Found> make_shape(Of<meetings::transcripts::Found>);

}  // namespace troupe::api
