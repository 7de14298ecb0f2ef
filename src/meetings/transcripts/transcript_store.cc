#include "meetings/transcripts/transcript_store.h"

#include "store/columns.h"
#include "store/words.h"

namespace troupe::meetings::transcripts::transcript_store {
namespace {

using namespace store::words;

constexpr auto kVolume = store::columns(
    computed("m.id", &Volume::meeting), computed("m.tenant_id", &Volume::tenant_id),
    computed("m.ended_ms", &Volume::ended_ms), computed<store::BytesOrNull>("t.vault", &Volume::vault),
    computed("COALESCE(t.sessions, 0)", &Volume::sessions), computed("COALESCE(t.segments, 0)", &Volume::segments),
    computed("COALESCE(t.text_bytes, 0)", &Volume::text_bytes), computed("COALESCE(t.events, 0)", &Volume::events),
    computed("t.erased_ms", &Volume::erased_ms));
constexpr auto kFindVolume =
    sql("SELECT ", kVolume, " FROM mtg_meeting m LEFT JOIN mtg_transcript t ON t.meeting_id = m.id WHERE m.id = ?1");
constexpr const char* kPutVolume =
    "INSERT INTO mtg_transcript (meeting_id, vault, sessions, segments, text_bytes, events, erased_ms, leftovers) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (meeting_id) DO UPDATE SET vault = excluded.vault, "
    "sessions = excluded.sessions, segments = excluded.segments, text_bytes = excluded.text_bytes, "
    "events = excluded.events, erased_ms = excluded.erased_ms, leftovers = excluded.leftovers";

constexpr auto kSession =
    store::columns(column("meeting_id", &SpeechSession::meeting), column("uid", &SpeechSession::uid),
                   column("language", &SpeechSession::language), column("began_ms", &SpeechSession::began_ms),
                   column("ended_ms", &SpeechSession::ended_ms));
constexpr auto kInsertSession = store::insert("mtg_speech_session", kSession);
constexpr auto kFindSession = sql("SELECT ", kSession, " FROM mtg_speech_session WHERE meeting_id = ?1 AND uid = ?2");
constexpr auto kSessions =
    sql("SELECT ", kSession, " FROM mtg_speech_session WHERE meeting_id = ?1 ORDER BY began_ms, uid");

constexpr auto kRow = store::columns(
    column("pos", &Row::pos), column("meeting_id", &Row::segment, &Segment::meeting), column("number", &Row::number),
    column("session_uid", &Row::segment, &Segment::session_uid), column("start_ms", &Row::segment, &Segment::start_ms),
    column("end_ms", &Row::segment, &Segment::end_ms), column("said_ms", &Row::segment, &Segment::said_ms),
    column<store::Bytes>("sealed", &Row::sealed), column("language", &Row::segment, &Segment::language),
    column("named", &Row::named),
    column<store::Word<parse_mapping, SpeakerMapping::unknown>>("mapping", &Row::segment, &Segment::mapping),
    column("final", &Row::segment, &Segment::final), column("completed", &Row::completed),
    column("retracted", &Row::segment, &Segment::retracted), column("changed", &Row::segment, &Segment::changed),
    column("updated_ms", &Row::segment, &Segment::updated_ms));
constexpr auto kInsertRow = store::insert("mtg_segment", kRow);
constexpr auto kFindRow = sql("SELECT ", kRow, " FROM mtg_segment WHERE meeting_id = ?1 AND number = ?2");
constexpr auto kRowAt = sql("SELECT ", kRow, " FROM mtg_segment WHERE pos = ?1");
constexpr auto kRows = sql(
    "SELECT ", kRow, " FROM mtg_segment WHERE meeting_id = ?1 AND retracted = 0 ORDER BY said_ms, session_uid, number");
constexpr auto kChanged =
    sql("SELECT ", kRow, " FROM mtg_segment WHERE meeting_id = ?1 AND changed > ?2 ORDER BY changed LIMIT ?3");
constexpr auto kUnnamed =
    sql("SELECT ", kRow,
        " FROM mtg_segment WHERE meeting_id = ?1 AND session_uid = ?2 AND end_ms > ?3 AND named = 0 AND "
        "retracted = 0 ORDER BY end_ms DESC LIMIT ?4");
constexpr auto kOpenOf =
    sql("SELECT ", kRow, " FROM mtg_segment WHERE meeting_id = ?1 AND session_uid = ?2 AND final = 0 LIMIT ?3");

constexpr auto kOpenPiece = store::columns(column("meeting_id", &OpenPiece::meeting), column("pos", &OpenPiece::pos),
                                           column("updated_ms", &OpenPiece::updated_ms));
constexpr auto kDue = sql(
    "SELECT ", kOpenPiece,
    " FROM mtg_segment WHERE final = 0 AND (updated_ms <= ?1 OR updated_ms > ?2 OR (updated_ms <= ?3 AND EXISTS "
    "(SELECT 1 FROM mtg_meeting m WHERE m.id = meeting_id AND m.ended_ms <= ?3))) AND (meeting_id > ?4 OR (meeting_id "
    "= ?4 AND pos > ?5)) "
    "AND EXISTS (SELECT 1 FROM mtg_transcript t WHERE t.meeting_id = mtg_segment.meeting_id AND t.vault IS NOT NULL) "
    "ORDER BY meeting_id, pos LIMIT ?6");

constexpr auto kSpoken = store::columns(
    column("who", &SpokenRow::speaking, &Speaking::who), column("at_ms", &SpokenRow::speaking, &Speaking::from_ms),
    column("until_ms", &SpokenRow::speaking, &Speaking::until_ms), column<store::Bytes>("sealed", &SpokenRow::sealed));
// From both sides, each along its index: the last ones to begin before the piece's end, and the first ones to end after
// its begin.
constexpr auto kSpokenWithin =
    sql("SELECT ", kSpoken, " FROM (SELECT ", kSpoken,
        " FROM mtg_speaker_event WHERE meeting_id = ?1 AND session_uid = ?2 AND begins = 1 AND at_ms < ?4 ORDER BY "
        "at_ms DESC LIMIT ?5) AS begun WHERE until_ms > ?3 UNION SELECT ",
        kSpoken, " FROM (SELECT ", kSpoken,
        " FROM mtg_speaker_event WHERE meeting_id = ?1 AND session_uid = ?2 AND begins = 1 AND until_ms > ?3 ORDER BY "
        "until_ms LIMIT ?5) AS ended WHERE at_ms < ?4");
constexpr const char* kInsertEvent =
    "INSERT INTO mtg_speaker_event (meeting_id, session_uid, who, at_ms, begins, until_ms, sealed) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (meeting_id, session_uid, who, at_ms, begins) DO NOTHING";
constexpr const char* kNextEvent =
    "SELECT MIN(at_ms) FROM mtg_speaker_event WHERE meeting_id = ?1 AND session_uid = ?2 AND who = ?3 AND at_ms > ?4";
// Whatever began before the event before this one has ended there.
constexpr const char* kEndBegun =
    "UPDATE mtg_speaker_event SET until_ms = ?4 WHERE meeting_id = ?1 AND session_uid = ?2 AND who = ?3 AND "
    "at_ms = (SELECT MAX(at_ms) FROM mtg_speaker_event WHERE meeting_id = ?1 AND session_uid = ?2 AND who = ?3 AND "
    "at_ms < ?4) AND begins = 1 AND until_ms > ?4";

// The first ones by their index; both statements mean the same ones.
constexpr const char* kDeleteWords =
    "DELETE FROM mtg_word WHERE meeting_id = ?1 AND pos IN (SELECT pos FROM mtg_segment WHERE meeting_id = ?1 "
    "ORDER BY changed LIMIT ?2)";
constexpr const char* kDeleteSegments =
    "DELETE FROM mtg_segment WHERE pos IN (SELECT pos FROM mtg_segment WHERE meeting_id = ?1 ORDER BY changed "
    "LIMIT ?2)";
constexpr const char* kDeleteEvents =
    "DELETE FROM mtg_speaker_event WHERE meeting_id = ?1 AND (session_uid, who, at_ms, begins) IN (SELECT session_uid, "
    "who, at_ms, begins FROM mtg_speaker_event WHERE meeting_id = ?1 LIMIT ?2)";

}  // namespace

std::optional<Volume> find_volume(Connection& c, MeetingId meeting) {
  return store::one(c.query(kFindVolume, meeting), kVolume);
}

void put_volume(Tx& tx, const Volume& volume) {
  tx.run(kPutVolume, volume.meeting, store::blob_or_null(volume.vault), volume.sessions, volume.segments,
         volume.text_bytes, volume.events, volume.erased_ms, volume.erased_ms.has_value());
}

void put_erased(Tx& tx, MeetingId meeting, base::UnixMs at) {
  put_volume(tx, {.meeting = meeting, .erased_ms = at});
  tx.run("DELETE FROM mtg_share WHERE meeting_id = ?1", meeting);
  tx.run("DELETE FROM mtg_summary WHERE meeting_id = ?1", meeting);
  tx.run("DELETE FROM mtg_summary_part WHERE meeting_id = ?1", meeting);
  tx.run("UPDATE mtg_attempt SET output = '' WHERE meeting_id = ?1 AND output <> ''", meeting);
}

std::optional<SpeechSession> find_session(Connection& c, MeetingId meeting, const std::string& uid) {
  return store::one(c.query(kFindSession, meeting, uid), kSession);
}

std::vector<SpeechSession> sessions_of(Connection& c, MeetingId meeting) {
  return store::all(c.query(kSessions, meeting), kSession);
}

void insert_session(Tx& tx, const SpeechSession& session) { store::run_insert(tx, kInsertSession, kSession, session); }

void end_session(Tx& tx, MeetingId meeting, const std::string& uid, base::UnixMs at) {
  tx.run("UPDATE mtg_speech_session SET ended_ms = ?3 WHERE meeting_id = ?1 AND uid = ?2 AND ended_ms IS NULL", meeting,
         uid, at);
}

void reopen_session(Tx& tx, MeetingId meeting, const std::string& uid) {
  tx.run("UPDATE mtg_speech_session SET ended_ms = NULL WHERE meeting_id = ?1 AND uid = ?2", meeting, uid);
}

std::optional<Row> find_row(Connection& c, MeetingId meeting, std::int64_t number) {
  return store::one(c.query(kFindRow, meeting, number), kRow);
}

std::optional<Row> find_row_at(Connection& c, StreamPos pos) { return store::one(c.query(kRowAt, pos), kRow); }

void insert_row(Tx& tx, const Row& row) { store::run_insert(tx, kInsertRow, kRow, row); }

void update_row(Tx& tx, const Row& row) {
  const auto& segment = row.segment;
  tx.run(
      "UPDATE mtg_segment SET end_ms = ?2, sealed = ?3, language = ?4, named = ?5, mapping = ?6, final = ?7, "
      "completed = ?8, retracted = ?9, changed = ?10, updated_ms = ?11 WHERE pos = ?1",
      row.pos, segment.end_ms, Value::blob(row.sealed), segment.language, row.named, to_string(segment.mapping),
      segment.final, row.completed, segment.retracted, segment.changed, segment.updated_ms);
}

std::vector<Row> rows_of(Connection& c, MeetingId meeting) { return store::all(c.query(kRows, meeting), kRow); }

std::vector<Row> changed_rows(Connection& c, MeetingId meeting, StreamPos after, std::int64_t limit) {
  return store::all(c.query(kChanged, meeting, after, limit), kRow);
}

std::vector<Row> unnamed_rows_after(Connection& c, MeetingId meeting, const std::string& session, std::int64_t after_ms,
                                    std::int64_t limit) {
  return store::all(c.query(kUnnamed, meeting, session, after_ms, limit), kRow);
}

std::vector<Row> open_rows_of(Connection& c, MeetingId meeting, const std::string& session, std::int64_t limit) {
  return store::all(c.query(kOpenOf, meeting, session, limit), kRow);
}

std::vector<OpenPiece> due_pieces(Connection& c, const Due& due, std::int64_t limit) {
  return store::all(c.query(kDue, due.before, due.beyond, due.over, due.after_meeting, due.after_pos, limit),
                    kOpenPiece);
}

bool insert_event(Tx& tx, MeetingId meeting, const std::string& session, std::int64_t who, const SpeakerEvent& event,
                  const std::string& sealed) {
  std::int64_t until = 0;
  if (event.begins) {
    until = store::value<std::int64_t>(tx.query(kNextEvent, meeting, session, who, event.at_ms)).value_or(kStillSpeaks);
  }
  if (tx.run(kInsertEvent, meeting, session, who, event.at_ms, event.begins, until, Value::blob(sealed)) == 0) {
    return false;
  }
  tx.run(kEndBegun, meeting, session, who, event.at_ms);
  return true;
}

bool has_events(Connection& c, MeetingId meeting, const std::string& session) {
  return store::any(
      c.query("SELECT 1 FROM mtg_speaker_event WHERE meeting_id = ?1 AND session_uid = ?2 LIMIT 1", meeting, session));
}

std::vector<SpokenRow> spoken_within(Connection& c, MeetingId meeting, const std::string& session,
                                     std::int64_t start_ms, std::int64_t end_ms) {
  return store::all(c.query(kSpokenWithin, meeting, session, start_ms, end_ms, kMostSpoken), kSpoken);
}

std::int64_t delete_some(Tx& tx, MeetingId meeting) {
  constexpr std::int64_t kSegments = 50;  // each with about ten words
  constexpr std::int64_t kOthers = 500;
  std::int64_t gone = tx.run(kDeleteWords, meeting, kSegments);
  gone += tx.run(kDeleteSegments, meeting, kSegments);
  if (gone == 0) gone = tx.run(kDeleteEvents, meeting, kOthers);
  if (gone == 0) gone = tx.run("DELETE FROM mtg_speech_session WHERE meeting_id = ?1", meeting);
  return gone;
}

bool has_leftovers(Connection& c, MeetingId meeting) {
  return store::any(c.query("SELECT 1 FROM mtg_transcript WHERE meeting_id = ?1 AND leftovers = 1", meeting));
}

std::vector<MeetingId> leftovers(Connection& c) {
  return store::values<MeetingId>(
      c.query("SELECT meeting_id FROM mtg_transcript WHERE leftovers = 1 ORDER BY meeting_id LIMIT 1000"));
}

void no_leftovers(Tx& tx, MeetingId meeting) {
  tx.run("UPDATE mtg_transcript SET leftovers = 0 WHERE meeting_id = ?1", meeting);
}

}  // namespace troupe::meetings::transcripts::transcript_store
