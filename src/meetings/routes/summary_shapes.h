// What summaries and participants look like in /api/v1.
#pragma once
#include "api/shape.h"
#include "meetings/transcripts/participants.h"
#include "meetings/types/summary.h"

namespace troupe::api {

template <>
struct Words<meetings::SummaryState> {
  static constexpr std::string_view name = {};
  static constexpr auto values = meetings::kSummaryStates;
  static std::string_view word(meetings::SummaryState state) { return meetings::to_string(state); }
};

Shape<meetings::SummaryTask> make_shape(Of<meetings::SummaryTask>);
Shape<meetings::Summary> make_shape(Of<meetings::Summary>);
Shape<meetings::transcripts::Participant> make_shape(Of<meetings::transcripts::Participant>);

}  // namespace troupe::api
