// The record of sessions that is kept by life and transcripts.
#pragma once
#include "meetings/life/service.h"
#include "meetings/transcripts/transcripts.h"
#include "meetings/whisper/record.h"

namespace troupe::meetings::whisper {

class MeetingRecord final : public Record {
 public:
  /// Both outlive this.
  MeetingRecord(life::Meetings& meetings, transcripts::Transcripts& transcripts)
      : meetings_(meetings), transcripts_(transcripts) {}

  /// A token counts as long as its container is the meeting's present one, and is not gone.
  Task<Speaking> admit(std::string token) override;
  Task<base::UnixMs> open(SpeechSession session, std::string task) override;
  Task<Unit> hear(MeetingId meeting, std::string uid, std::vector<Speech> pieces) override;
  Task<Unit> speaker(MeetingId meeting, std::string uid, SpeakerEvent event) override;
  Task<Unit> close(MeetingId meeting, std::string uid) override;

 private:
  life::Meetings& meetings_;
  transcripts::Transcripts& transcripts_;
};

}  // namespace troupe::meetings::whisper
