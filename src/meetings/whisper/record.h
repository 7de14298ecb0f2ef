// What a session of a bot needs of the rest of meetings: who speaks, and where what was said goes.
#pragma once
#include <string>
#include <vector>

#include "base/task.h"
#include "meetings/types/speech.h"

namespace troupe::meetings::whisper {

/// Whom a token belongs to.
struct Speaking {
  MeetingId meeting = 0;
  std::string platform{};
  std::string native_id{};
};

/// Callable from any thread. Whatever takes something in has stored it durably when it returns.
class Record {
 public:
  virtual ~Record() = default;
  /// Errors: unknown_token (there is none such, or its container's time is over); others: it cannot be known now.
  virtual Task<Speaking> admit(std::string token) = 0;
  /// Yields when the session began: now, unless it was there before. A bot that was told of another language or task,
  /// and now speaks so, has followed. `task`: empty: not said. Errors as Transcripts::open_session.
  virtual Task<base::UnixMs> open(SpeechSession session, std::string task) = 0;
  virtual Task<Unit> hear(MeetingId meeting, std::string uid, std::vector<Speech> pieces) = 0;
  virtual Task<Unit> speaker(MeetingId meeting, std::string uid, SpeakerEvent event) = 0;
  virtual Task<Unit> close(MeetingId meeting, std::string uid) = 0;
};

}  // namespace troupe::meetings::whisper
