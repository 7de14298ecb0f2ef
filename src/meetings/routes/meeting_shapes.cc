#include "meetings/routes/meeting_shapes.h"

namespace troupe::api {

using meetings::AfterRow;
using meetings::Attempt;
using meetings::Meeting;
using meetings::Transition;
using meetings::life::History;
using meetings::records::Thread;
using meetings::routes::MeetingBody;
using meetings::routes::ReconfigureBody;

Shape<ReconfigureBody> make_shape(Of<ReconfigureBody>) {
  return Shape<ReconfigureBody>::matrix_request(
      {member<&ReconfigureBody::language>(
           "language", {.description = "en, de, yue …; null or empty: it is detected; absent: as it is.", .most = 8}),
       member<&ReconfigureBody::task>(
           "task", {.description = "transcribe or translate; null or absent: as it is.", .most = 16})});
}

Shape<MeetingBody> make_shape(Of<MeetingBody>) {
  return Shape<MeetingBody>::request(
      "NewMeeting",
      {member<&MeetingBody::link>(
           "link", {.description = "Of Google Meet, Microsoft Teams, Zoom, Jitsi or a Matrix room, as people share it.",
                    .least = 1,
                    .most = 2'048}),
       member<&MeetingBody::language>(
           "language", {.description = "en, de, yue …; absent or empty: it is detected.", .most = 8, .may_lack = true}),
       member<&MeetingBody::task>(
           "task", {.description = "transcribe (without it) or translate.", .most = 16, .may_lack = true}),
       member<&MeetingBody::driver>(
           "driver", {.description = "The task driver; absent: the configured one, and another is for operators.",
                      .most = 64,
                      .may_lack = true}),
       member<&MeetingBody::bot_name>("bot_name",
                                      {.description = "How it is called in the call.", .most = 100, .may_lack = true}),
       member<&MeetingBody::retention_days>(
           "retention_days", {.description = "After the meeting's end its transcript is kept for so long; the shorter "
                                             "of this and meetings.transcript_retention_days counts.",
                              .least = 1,
                              .most = 3'650}),
       member<&MeetingBody::room>(
           "room", {.description = "A room, by its id or address, in which you are: the transcript is told there as a "
                                   "thread.",
                    .most = 255,
                    .may_lack = true}),
       member<&MeetingBody::recording>(
           "recording", {.description = "Its sound is kept, and the call's chat is told so.", .may_lack = true}),
       member<&MeetingBody::recording_retention_days>(
           "recording_retention_days",
           {.description = "After the meeting's end its recordings are kept for so long; the shortest of this, the "
                           "tenant's and meetings.recording_retention_days counts.",
            .least = 1,
            .most = 3'650}),
       member<&MeetingBody::summary>(
           "summary", {.description = "false: no model is to sum it up; else one does, where there is one."})});
}

Shape<Thread> make_shape(Of<Thread>) {
  return Shape<Thread>::answer(
      "MeetingThread",
      {member<&Thread::room_id>("room_id"), member<&Thread::sender>("sender", {.description = "Who writes there."}),
       member<&Thread::state>("state"),
       member<&Thread::trouble>("trouble", {.description = "Why the room does not take it.", .may_lack = true})});
}

Shape<Meeting> make_shape(Of<Meeting>) {
  return Shape<Meeting>::answer(
      "Meeting",
      {member<&Meeting::id>("id"),
       member<&Meeting::life, &meetings::Life::state>("state"),
       made<[](const Meeting& m) {
         return std::string(to_string(m.active_ms ? meetings::Phase::none : m.life.phase));
       }>("phase",
          {.description = "How far a bot came that is not in the call yet, or never was: joining, awaiting_admission, "
                          "needs_human_help.",
           .may_lack = true}),
       member<&Meeting::platform>("platform"),
       member<&Meeting::native_id>("native_meeting_id"),
       member<&Meeting::link>("link", {.description = "Without the passcode."}),
       member<&Meeting::owner>("owner"),
       member<&Meeting::bot_name>("bot_name"),
       member<&Meeting::language>("language", {.description = "Absent: it is detected.", .may_lack = true}),
       member<&Meeting::task>("task"),
       member<&Meeting::driver>("driver"),
       made<[](const Meeting& m) { return std::string(to_string(m.life.reason)); }>(
           "reason", {.description = "Why it ended, or is to end.", .may_lack = true}),
       made<[](const Meeting& m) { return m.life.reason_raw; }>(
           "reason_raw", {.description = "The same in the words of the bot or the engine.", .may_lack = true}),
       member<&Meeting::life, &meetings::Life::stop_requested>("stop_requested"),
       member<&Meeting::life, &meetings::Life::attempts>(
           "attempts", {.description = "Containers that were made, one after another."}),
       time<&Meeting::created_ms>("created_at"),
       time<&Meeting::active_ms>("active_at", {.description = "When the bot was in the call."}),
       time<&Meeting::ended_ms>("ended_at"),
       member<&Meeting::retention_days>("retention_days",
                                        {.description = "Of its transcript, as whoever asked for the meeting said."}),
       time<&Meeting::transcript_erased_ms>("transcript_erased_at",
                                            {.description = "Its transcript was deleted then."}),
       member<&Meeting::recording>("recording", {.description = "Its sound is kept: see its recordings."}),
       member<&Meeting::recording_retention_days>(
           "recording_retention_days", {.description = "Of its recordings, as whoever asked for the meeting said."}),
       member<&Meeting::summary>("summary", {.description = "Whether a model has summed it up."})});
}

Shape<Transition> make_shape(Of<Transition>) {
  return Shape<Transition>::part(
      {member<&Transition::number>("number"),
       member<&Transition::from>("from", {.description = "Absent: it was made.", .may_lack = true}),
       member<&Transition::to>("to"), member<&Transition::trigger>("trigger"), member<&Transition::cause>("cause"),
       member<&Transition::actor>("actor"), member<&Transition::reason>("reason", {.may_lack = true}),
       member<&Transition::reason_raw>("reason_raw", {.may_lack = true}), member<&Transition::attempt>("attempt"),
       time<&Transition::at_ms>("at")});
}

Shape<Attempt> make_shape(Of<Attempt>) {
  return Shape<Attempt>::part(
      {member<&Attempt::number>("number"), member<&Attempt::task_id>("task_id"), member<&Attempt::state>("container"),
       member<&Attempt::container>("container_id", {.description = "As the bot calls it.", .may_lack = true}),
       member<&Attempt::exit_text>("exit", {.description = "How it ended.", .may_lack = true}),
       member<&Attempt::output>("output", {.description = "The last lines that it printed.", .may_lack = true}),
       time<&Attempt::wanted_ms>("wanted_at"), time<&Attempt::started_ms>("started_at"),
       time<&Attempt::gone_ms>("gone_at")});
}

Shape<AfterRow> make_shape(Of<AfterRow>) {
  return Shape<AfterRow>::part(
      {member<&AfterRow::task>("task"), member<&AfterRow::state>("state"),
       member<&AfterRow::tries>("failures",
                                {.description = "Tries that failed; after six of them it is not tried again."}),
       member<&AfterRow::problem>("problem", {.description = "Of the last that failed.", .may_lack = true}),
       time<&AfterRow::done_ms>("done_at")});
}

Shape<meetings::records::Consent> make_shape(Of<meetings::records::Consent>) {
  using meetings::records::Consent;
  return Shape<Consent>::part({member<&Consent::user_id>("user_id"), member<&Consent::declined>("declined"),
                               member<&Consent::meeting>("meeting_id", {.description = "In which they said so."}),
                               time<&Consent::at_ms>("at")});
}

Shape<History> make_shape(Of<History>) {
  return Shape<History>::answer(
      "MeetingHistory",
      {member<&History::meeting>("meeting"), member<&History::transitions>("transitions"),
       member<&History::attempts>("attempts"),
       member<&History::after>("after", {.description = "What is done once it has ended."}),
       member<&History::consents>("consents", {.description = "Who declined to be heard, or takes it back, of a "
                                                              "Matrix call; also in earlier ones of its room."})});
}

}  // namespace troupe::api
