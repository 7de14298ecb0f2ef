// The transcripts of meetings: takes in what is heard, and gives it out whole, by its changes, and by its words.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "meetings/records/bell.h"
#include "meetings/records/meeting_store.h"
#include "meetings/types/speech.h"

namespace troupe::meetings::transcripts {

struct SegmentPage {
  std::vector<Segment> items{};
  std::int64_t total = 0;
};

/// What a search found: the segment and its meeting.
struct Found {
  Segment segment{};
  Meeting meeting{};
};
struct FoundPage {
  std::vector<Found> items{};  ///< newest first
  bool has_more = false;
};

/// For how long what was said is kept, in days after the meeting's end; 0: for ever.
struct Retention {
  base::UnixMs now = 0;  ///< by host::age_clock
  std::int64_t transcript_days = 0;
  std::int64_t meeting_days = 0;
};

/// Callable from any thread, in every process on one database. Whatever takes something in has stored it durably when
/// it returns, and rings the Bell.
class Transcripts {
 public:
  struct Uses {
    store::Database& db;
    const base::Clock& clock;
    const records::Bell& bell;
  };
  explicit Transcripts(const Uses& uses) : uses_(uses) {}

  // Taking in. The caller has made sure that whoever speaks belongs to the meeting. What comes after a meeting's end is
  // taken for a while (a transcriber ends later than its bot).

  /// Begins a session, or finds it again: then its begin stays, and it goes on where it had ended. Errors: not_found
  /// (no such meeting, or its transcript was deleted), invalid_param, conflict (as many sessions as a meeting may
  /// have).
  Task<Unit> open_session(SpeechSession session);
  /// At most 200 pieces at a time. Pieces without a session that was opened open one that began now. Errors: as
  /// open_session; limit_exceeded (as much as a meeting may have).
  Task<Unit> hear(MeetingId meeting, std::string session_uid, std::vector<Speech> pieces);
  Task<Unit> speaker(MeetingId meeting, std::string session_uid, SpeakerEvent event);
  Task<Unit> retract(MeetingId meeting, std::vector<std::string> segment_ids);
  /// What was said in it is final, except that a transcriber may still complete what it had not.
  Task<Unit> close_session(MeetingId meeting, std::string session_uid);

  // Giving out. The caller has made sure that whoever asks may see the meeting.

  /// In the order in which it was said, without what is blank, noise, or a repetition.
  Task<SegmentPage> read(MeetingId meeting, std::int64_t from, std::int64_t limit);
  /// What changed after this position, in the order of the changes; to follow: listen to the Bell first.
  Task<std::vector<Segment>> changes(MeetingId meeting, StreamPos after, std::int64_t limit);
  Task<std::vector<SpeechSession>> sessions(MeetingId meeting);
  /// Segments with all the words of `query`, of the meetings that are meant. Error: invalid_param (no word).
  Task<FoundPage> search(records::Whose whose, std::string query, std::int64_t from, std::int64_t limit);

  /// Deletes what was said, the index and the sessions, in this database and from its files, and the keys of the
  /// meeting's recordings, whose files recordings::Recordings removes. The meeting's row stays, and nothing is taken in
  /// for it any more. Nothing changes where it was done already. `also`: what else goes in the
  /// same transaction, each time; may run more than once. Errors: not_found; conflict (its bot is still there).
  Task<Unit> erase(MeetingId meeting, std::function<void(store::Tx&)> also = {});

  // Work that repeats, in one process.

  /// What has not changed for kOpenFor is final, until a transcriber completes it after all.
  Task<Unit> finish_pieces();
  /// Takes up the deletions that a kill has interrupted.
  Task<Unit> finish_erasures();
  /// Deletes what is older than it is to be; meetings with all that happened to them.
  Task<Unit> forget_old(Retention keep);

  /// How long a piece waits for the next word of it; less where the meeting is over.
  static constexpr std::chrono::seconds kOpenFor{30};
  static constexpr std::chrono::seconds kOpenAfterEnd{5};

 private:
  /// Runs `take` (a callable Result<T>(Intake&)) on a meeting's transcript, and rings when that changed something.
  template <class F>
  Task<Unit> take_in(MeetingId meeting, F take);
  Task<Unit> delete_rows(std::vector<MeetingId> erased);

  Uses uses_;
};

}  // namespace troupe::meetings::transcripts
