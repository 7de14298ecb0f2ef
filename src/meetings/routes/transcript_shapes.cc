#include "meetings/routes/transcript_shapes.h"

namespace troupe::api {

using meetings::Segment;
using meetings::transcripts::Found;

Shape<Segment> make_shape(Of<Segment>) {
  return Shape<Segment>::answer(
      "Segment",
      {member<&Segment::id>("id"),
       member<&Segment::session_uid>("session_uid", {.description = "A stretch of hearing; its times begin at 0."}),
       member<&Segment::start_ms>("start_ms", {.description = "From the session's begin."}),
       member<&Segment::end_ms>("end_ms"), time<&Segment::said_ms>("said_at"), time<&Segment::until_ms>("until_at"),
       member<&Segment::text>("text"), member<&Segment::language>("language", {.may_lack = true}),
       member<&Segment::speaker>("speaker", {.description = "Absent: nobody knows.", .may_lack = true}),
       member<&Segment::mapping>("mapping", {.description = "How sure the speaker is."}),
       member<&Segment::final>("final", {.description = "It does not change any more."}),
       member<&Segment::retracted>("retracted", {.description = "Taken back; only among changes."}),
       member<&Segment::changed>("changed", {.description = "Position of its last change: ?since= of live."}),
       time<&Segment::updated_ms>("updated_at")});
}

Shape<Found> make_shape(Of<Found>) {
  return Shape<Found>::answer("FoundSegment", {member<&Found::segment>("segment"), member<&Found::meeting>("meeting")});
}

}  // namespace troupe::api
