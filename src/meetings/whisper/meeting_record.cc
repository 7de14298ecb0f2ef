#include "meetings/whisper/meeting_record.h"

#include <algorithm>

#include "base/log.h"

namespace troupe::meetings::whisper {

Task<Speaking> MeetingRecord::admit(std::string token) {
  const auto kept = co_await meetings_.admit(std::move(token));
  if (!kept) co_return std::unexpected(kept.error());
  const auto& meeting = kept->meeting;
  const auto& attempt = kept->attempt;
  if (is_terminal(meeting.life.state) || !attempt || attempt->state == Container::gone ||
      attempt->number != meeting.life.attempts) {
    co_return Error(Errc::unknown_token, "The token's container is gone.");
  }
  co_return Speaking{
      .meeting = meeting.id, .platform = std::string(to_string(meeting.platform)), .native_id = meeting.native_id};
}

Task<base::UnixMs> MeetingRecord::open(SpeechSession session, std::string task) {
  const auto meeting = session.meeting;
  const auto uid = session.uid;
  const auto began = session.began_ms;
  life::SpeechChange seen{.language = session.language, .task = parse_task(task)};
  CO_TRY(const auto known, co_await transcripts_.sessions(meeting));
  const auto found = std::ranges::find(known, uid, &SpeechSession::uid);
  CO_TRY(co_await transcripts_.open_session(std::move(session)));  // one that had ended goes on
  if (found != known.end()) co_return found->began_ms;
  auto confirming = meetings_.confirm_reconfigure(meeting, std::move(seen), "its bot speaks so now");
  const auto confirmed = co_await std::move(confirming);
  if (!confirmed) {
    base::log_warning("meetings", "a bot's change was not recorded",
                      {{"meeting", meeting}, {"why", confirmed.error().message()}});
  }
  co_return began;
}

Task<Unit> MeetingRecord::hear(MeetingId meeting, std::string uid, std::vector<Speech> pieces) {
  return transcripts_.hear(meeting, std::move(uid), std::move(pieces));
}

Task<Unit> MeetingRecord::speaker(MeetingId meeting, std::string uid, SpeakerEvent event) {
  return transcripts_.speaker(meeting, std::move(uid), std::move(event));
}

Task<Unit> MeetingRecord::close(MeetingId meeting, std::string uid) {
  return transcripts_.close_session(meeting, std::move(uid));
}

}  // namespace troupe::meetings::whisper
