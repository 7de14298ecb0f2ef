#include "meetings/routes/summary_shapes.h"

namespace troupe::api {

using meetings::Summary;
using meetings::SummaryTask;
using meetings::transcripts::Participant;

Shape<SummaryTask> make_shape(Of<SummaryTask>) {
  return Shape<SummaryTask>::part(
      {member<&SummaryTask::who>(
           "who", {.description = "As the transcript names them; absent: nobody was named.", .may_lack = true}),
       member<&SummaryTask::what>("what"),
       member<&SummaryTask::due>("due", {.description = "Until when, as it was said.", .may_lack = true})});
}

Shape<Summary> make_shape(Of<Summary>) {
  return Shape<Summary>::answer(
      "MeetingSummary",
      {member<&Summary::text>("summary", {.description = "Plain text of a model: nothing in it is checked."}),
       member<&Summary::decisions>("decisions"), member<&Summary::tasks>("tasks"),
       member<&Summary::language>("language", {.description = "In which it was asked for.", .may_lack = true}),
       member<&Summary::left_out>("left_out", {.description = "What is not in it; absent: nothing.", .may_lack = true}),
       time<&Summary::made_ms>("made_at")});
}

Shape<Participant> make_shape(Of<Participant>) {
  return Shape<Participant>::answer(
      "MeetingParticipant", {member<&Participant::name>("name"), time<&Participant::first_ms>("first_heard_at"),
                             time<&Participant::last_ms>("last_heard_at"), member<&Participant::spoken_ms>("spoken_ms"),
                             member<&Participant::words>("words", {.description = "Texts apart by blanks."}),
                             member<&Participant::segments>("segments")});
}

}  // namespace troupe::api
