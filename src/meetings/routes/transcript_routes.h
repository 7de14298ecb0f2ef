// What was said in meetings: /api/v1/meetings/{id}/transcript and /live, /api/v1/transcripts/search, and deleting it.
#pragma once
#include <map>

#include "api/event_stream.h"
#include "base/mutex.h"
#include "meetings/records/bell.h"
#include "meetings/routes/meeting_routes.h"

namespace troupe::meetings::routes {

/// Who has looked at a transcript lately: one line of the audit log for each person, meeting and hour.
class Readers {
 public:
  explicit Readers(const base::Clock& clock) : clock_(clock) {}
  /// Whether this hour's line is due. Any thread.
  bool is_new(std::int64_t who, MeetingId meeting);

 private:
  static constexpr std::size_t kMost = 10'000;  ///< then it is forgotten, and some lines come twice

  const base::Clock& clock_;
  base::Mutex mutex_;
  std::map<std::pair<std::int64_t, MeetingId>, std::int64_t> hours_ GUARDED_BY(mutex_);
};

inline constexpr int kMostLiveTranscripts = 1'024;

struct TranscriptApi {
  api::Kit kit;
  MeetingDoor meetings;
  TranscriptDoor transcripts;
  const records::Bell& bell;
  Readers& readers;
  api::StreamLimit streams;
};

/// In the audit log: who read what was said, or what was made of it.
asio::awaitable<void> note_reading(TranscriptApi& api, const net::route::Call& call, MeetingId id);

void add_transcript_routes(TranscriptApi& api);

}  // namespace troupe::meetings::routes
