#include "meetings/routes/transcript_shapes.h"

namespace troupe::api {

using meetings::Segment;
using meetings::transcripts::Found;
using meetings::transcripts::FoundPage;

Shape<Segment> make_shape(Of<Segment>) {
  return Shape<Segment>::answer(
      "TranscriptSegment",
      {member<&Segment::id>("segment_id"),
       member<&Segment::session_uid>("session_uid", {.description = "A stretch of hearing; its times begin at 0."}),
       member<&Segment::start_ms>("start_ms", {.description = "From the session's begin."}),
       member<&Segment::end_ms>("end_ms"), time<&Segment::said_ms>("absolute_start_time"),
       time<&Segment::until_ms>("absolute_end_time"), member<&Segment::text>("text"),
       member<&Segment::language>("language", {.may_lack = true}),
       member<&Segment::speaker>("speaker", {.description = "Absent: nobody knows.", .may_lack = true}),
       member<&Segment::mapping>("speaker_mapping", {.description = "How sure the speaker is."}),
       member<&Segment::final>("final", {.description = "It does not change any more."}),
       member<&Segment::retracted>("retracted", {.description = "Taken back; only among changes."}),
       member<&Segment::changed>("changed", {.description = "Position of its last change: ?since= of live."}),
       time<&Segment::updated_ms>("updated_at")});
}

Shape<Found> make_shape(Of<Found>) {
  return Shape<Found>::part({member<&Found::segment>("segment"), member<&Found::meeting>("meeting")});
}

Shape<FoundPage> make_shape(Of<FoundPage>) {
  return Shape<FoundPage>::answer(
      "FoundSpeech", {member<&FoundPage::items>("items", {.description = "Newest first."}),
                      member<&FoundPage::has_more>("has_more", {.description = "Ask again with a greater from."})});
}

}  // namespace troupe::api
