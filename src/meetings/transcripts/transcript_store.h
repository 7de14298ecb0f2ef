// The tables of transcripts. All functions run inside the caller's transaction and throw store::SqlError.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "meetings/transcripts/speakers.h"
#include "meetings/types/speech.h"
#include "store/database.h"

namespace troupe::meetings::transcripts {

/// A meeting as far as its transcript goes, and how much there is of it.
struct Volume {
  MeetingId meeting = 0;
  std::int64_t tenant_id = 0;
  std::optional<base::UnixMs> ended_ms{};
  std::string vault{};  ///< key; empty: nothing was said yet, or it is erased
  std::int64_t sessions = 0;
  std::int64_t segments = 0;
  std::int64_t text_bytes = 0;
  std::int64_t events = 0;
  std::optional<base::UnixMs> erased_ms{};
};

/// A segment without its words: those are sealed.
struct Row {
  StreamPos pos = 0;
  std::int64_t number = 0;
  Segment segment{};  ///< without id, text, speaker, until_ms
  std::string sealed{};
  bool named = false;      ///< whoever heard it said who speaks
  bool completed = false;  ///< by whoever transcribes; a final one that is not was made so by the clock
};

/// Of whom something is known; sealed instead of a name.
struct SpokenRow {
  Speaking speaking{};
  std::string sealed{};
};

/// Where a segment is, to be taken up in another transaction.
struct OpenPiece {
  MeetingId meeting = 0;
  StreamPos pos = 0;
  base::UnixMs updated_ms = 0;
};

namespace transcript_store {

/// Nothing: there is no such meeting.
std::optional<Volume> find_volume(store::Connection& c, MeetingId meeting);
void put_volume(store::Tx& tx, const Volume& volume);
/// Nobody can read it any more; what its bots printed goes with it, for words may be in that.
void put_erased(store::Tx& tx, MeetingId meeting, base::UnixMs at);

std::optional<SpeechSession> find_session(store::Connection& c, MeetingId meeting, const std::string& uid);
std::vector<SpeechSession> sessions_of(store::Connection& c, MeetingId meeting);
void insert_session(store::Tx& tx, const SpeechSession& session);
void end_session(store::Tx& tx, MeetingId meeting, const std::string& uid, base::UnixMs at);
void reopen_session(store::Tx& tx, MeetingId meeting, const std::string& uid);

std::optional<Row> find_row(store::Connection& c, MeetingId meeting, std::int64_t number);
std::optional<Row> find_row_at(store::Connection& c, StreamPos pos);
void insert_row(store::Tx& tx, const Row& row);
/// All that may change.
void update_row(store::Tx& tx, const Row& row);
/// In the order in which it was said, without what was retracted.
std::vector<Row> rows_of(store::Connection& c, MeetingId meeting);
std::vector<Row> changed_rows(store::Connection& c, MeetingId meeting, StreamPos after, std::int64_t limit);
/// That end after this, and whose speaker is for the events to say; the last ones first.
std::vector<Row> unnamed_rows_after(store::Connection& c, MeetingId meeting, const std::string& session,
                                    std::int64_t after_ms, std::int64_t limit);
std::vector<Row> open_rows_of(store::Connection& c, MeetingId meeting, const std::string& session, std::int64_t limit);
/// Open pieces that did not change since `before`, or changed after `beyond` (the clock was set back); of meetings that
/// had ended by `over`, since that.
struct Due {
  base::UnixMs before = 0;
  base::UnixMs beyond = 0;
  base::UnixMs over = 0;
  /// Behind this one, in the order of meetings and positions.
  MeetingId after_meeting = 0;
  StreamPos after_pos = 0;
};
/// Without those of erased transcripts, whose rows are about to go.
std::vector<OpenPiece> due_pieces(store::Connection& c, const Due& due, std::int64_t limit);

/// Whether it is new. Of `event` only at_ms and begins count. It ends the same person's begin before it.
bool insert_event(store::Tx& tx, MeetingId meeting, const std::string& session, std::int64_t who,
                  const SpeakerEvent& event, const std::string& sealed);
bool has_events(store::Connection& c, MeetingId meeting, const std::string& session);
inline constexpr std::int64_t kMostSpoken = 64;
/// Who speaks some time within these: the kMostSpoken who began last, and the kMostSpoken who end first, so that a
/// flood of events makes none of it longer.
std::vector<SpokenRow> spoken_within(store::Connection& c, MeetingId meeting, const std::string& session,
                                     std::int64_t start_ms, std::int64_t end_ms);

/// Some rows of what is left of an erased transcript; yields how many went, 0: there were none.
std::int64_t delete_some(store::Tx& tx, MeetingId meeting);
bool has_leftovers(store::Connection& c, MeetingId meeting);
/// Erased ones of which rows may be left.
std::vector<MeetingId> leftovers(store::Connection& c);
void no_leftovers(store::Tx& tx, MeetingId meeting);

}  // namespace transcript_store
}  // namespace troupe::meetings::transcripts
