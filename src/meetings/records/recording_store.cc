#include "meetings/records/recording_store.h"

#include "store/columns.h"
#include "store/words.h"

namespace troupe::meetings::records {
namespace {

using namespace store::words;

constexpr auto kRecording = store::columns(
    "r", column("id", &Recording::id), column("meeting_id", &Recording::meeting),
    column("session_uid", &Recording::session_uid), column("part", &Recording::part),
    column<store::Word<parse_recording_state, RecordingState::erased>>("state", &Recording::state),
    column<store::BytesOrNull>("sealing_key", &Recording::key), column("media_type", &Recording::media_type),
    column("chunks", &Recording::chunks), column("next", &Recording::next), column("bytes", &Recording::bytes),
    column("length_ms", &Recording::length_ms), column("started_ms", &Recording::started_ms),
    column("ended_ms", &Recording::ended_ms), column("in_bucket", &Recording::in_bucket));
constexpr auto kInsertRecording = store::insert("mtg_recording", kRecording);
constexpr auto kRecordingById = sql("SELECT ", kRecording, " FROM mtg_recording r WHERE r.id = ?1");
constexpr auto kRecordingByPart =
    sql("SELECT ", kRecording, " FROM mtg_recording r WHERE r.meeting_id = ?1 AND r.part = ?2");
constexpr auto kRecordingsOf =
    sql("SELECT ", kRecording, " FROM mtg_recording r WHERE r.meeting_id = ?1 AND r.state <> 'erased' ORDER BY r.id");
constexpr auto kRecordingsInFolder = sql("SELECT ", kRecording,
                                         " FROM mtg_recording r WHERE r.state = 'ready' AND r.in_bucket = 0 AND r.id > "
                                         "?1 ORDER BY r.id LIMIT ?2");
constexpr auto kRecordingsListed =
    sql(" FROM mtg_recording r JOIN mtg_meeting m ON m.id = r.meeting_id WHERE m.tenant_id = ?1 AND "
        "(?2 = 0 OR m.owner_id = ?2) AND r.state <> 'erased'");
constexpr auto kRecordingsPage =
    sql("SELECT ", kRecording, kRecordingsListed, " ORDER BY r.id DESC LIMIT ?4 OFFSET ?3");
constexpr auto kRecordingsTotal = sql("SELECT COUNT(*)", kRecordingsListed);

constexpr auto kChunk =
    store::columns(column("recording_id", &RecordingChunk::recording), column("number", &RecordingChunk::number),
                   column("file", &RecordingChunk::file), column("bytes", &RecordingChunk::bytes),
                   column<store::Bytes>("digest", &RecordingChunk::digest));
constexpr auto kInsertChunk = store::insert("mtg_recording_chunk", kChunk);
constexpr auto kChunkAt = sql("SELECT ", kChunk, " FROM mtg_recording_chunk WHERE recording_id = ?1 AND number = ?2");
constexpr auto kChunksOf = sql("SELECT ", kChunk, " FROM mtg_recording_chunk WHERE recording_id = ?1 ORDER BY number");

// A sum is NUMERIC in PostgreSQL.
constexpr const char* kRecordedIn =
    "SELECT COUNT(*), CAST(COALESCE(SUM(chunks), 0) AS BIGINT), CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM "
    "mtg_recording WHERE meeting_id = ?1";
constexpr const char* kRecordedByTenant =
    "SELECT CAST(COALESCE(SUM(r.bytes), 0) AS BIGINT) FROM mtg_recording r JOIN mtg_meeting m ON m.id = r.meeting_id "
    "WHERE m.tenant_id = ?1 AND r.state <> 'erased'";
constexpr const char* kErase =
    "UPDATE mtg_recording SET state = 'erased', sealing_key = NULL WHERE state <> 'erased' AND ";
constexpr const char* kOldRecordings =
    "SELECT m.id FROM mtg_meeting m LEFT JOIN mtg_retention t ON t.tenant_id = m.tenant_id WHERE EXISTS (SELECT 1 FROM "
    "mtg_recording r WHERE r.meeting_id = m.id AND r.state <> 'erased') AND (m.ended_ms <= ?1 OR "
    "(m.recording_retention_days > 0 AND m.ended_ms <= ?2 - m.recording_retention_days * ?3) OR "
    "(t.recording_days > 0 AND m.ended_ms <= ?2 - t.recording_days * ?3)) ORDER BY m.id LIMIT ?4";

}  // namespace

void insert_recording(Tx& tx, const Recording& recording) {
  store::run_insert(tx, kInsertRecording, kRecording, recording);
}

void update_recording(Tx& tx, const Recording& recording) {
  tx.run(
      "UPDATE mtg_recording SET state = ?2, chunks = ?3, next = ?4, bytes = ?5, length_ms = ?6, ended_ms = ?7 WHERE id "
      "= ?1",
      recording.id, to_string(recording.state), recording.chunks, recording.next, recording.bytes, recording.length_ms,
      recording.ended_ms);
}

std::optional<Recording> find_recording(Connection& c, RecordingId id) {
  return store::one(c.query(kRecordingById, id), kRecording);
}

std::optional<Recording> find_recording(Connection& c, MeetingId meeting, std::string_view part) {
  return store::one(c.query(kRecordingByPart, meeting, part), kRecording);
}

std::vector<Recording> recordings_of(Connection& c, MeetingId meeting) {
  return store::all(c.query(kRecordingsOf, meeting), kRecording);
}

RecordingPage list_recordings(Connection& c, const Whose& whose, std::int64_t from, std::int64_t limit) {
  const auto owner = whose.owner_id.value_or(0);
  return {.items = store::all(c.query(kRecordingsPage, whose.tenant_id, owner, from, limit), kRecording),
          .total = store::number(c.query(kRecordingsTotal, whose.tenant_id, owner))};
}

Recorded recorded_in(Connection& c, MeetingId meeting) {
  auto rows = c.query(kRecordedIn, meeting);
  Recorded all;
  if (rows.next()) rows >> all.recordings >> all.chunks >> all.bytes;
  return all;
}

std::int64_t recorded_bytes(Connection& c, std::int64_t tenant_id) {
  return store::number(c.query(kRecordedByTenant, tenant_id));
}

void insert_chunk(Tx& tx, const RecordingChunk& chunk) { store::run_insert(tx, kInsertChunk, kChunk, chunk); }

std::optional<RecordingChunk> find_chunk(Connection& c, RecordingId recording, std::int64_t number) {
  return store::one(c.query(kChunkAt, recording, number), kChunk);
}

std::vector<RecordingChunk> chunks_of(Connection& c, RecordingId recording) {
  return store::all(c.query(kChunksOf, recording), kChunk);
}

void erase_recording(Tx& tx, RecordingId id) { tx.run(std::string(kErase) + "id = ?1", id); }

void erase_recordings(Tx& tx, MeetingId meeting) { tx.run(std::string(kErase) + "meeting_id = ?1", meeting); }

std::vector<RecordingId> erased_recordings(Connection& c, RecordingId after, std::int64_t limit) {
  return store::values<RecordingId>(
      c.query("SELECT id FROM mtg_recording WHERE state = 'erased' AND id > ?1 ORDER BY id LIMIT ?2", after, limit));
}

std::vector<RecordingId> erased_recordings_of(Connection& c, MeetingId meeting) {
  return store::values<RecordingId>(
      c.query("SELECT id FROM mtg_recording WHERE meeting_id = ?1 AND state = 'erased' ORDER BY id", meeting));
}

std::vector<Recording> recordings_in_folder(Connection& c, RecordingId after, std::int64_t limit) {
  return store::all(c.query(kRecordingsInFolder, after, limit), kRecording);
}

bool put_in_bucket(Tx& tx, RecordingId id) {
  return tx.run("UPDATE mtg_recording SET in_bucket = 1 WHERE id = ?1 AND state = 'ready'", id) > 0;
}

std::map<RecordingId, base::UnixMs> bucket_orphans(Connection& c) {
  std::map<RecordingId, base::UnixMs> known;
  auto rows = c.query("SELECT recording_id, seen_ms FROM mtg_bucket_orphan");
  while (rows.next()) {
    const auto id = rows.take<RecordingId>();
    rows >> known[id];
  }
  return known;
}

void note_bucket_orphan(Tx& tx, RecordingId id, base::UnixMs now) {
  tx.run("INSERT INTO mtg_bucket_orphan (recording_id, seen_ms) VALUES (?1, ?2) ON CONFLICT (recording_id) DO NOTHING",
         id, now);
}

void forget_bucket_orphan(Tx& tx, RecordingId id) {
  tx.run("DELETE FROM mtg_bucket_orphan WHERE recording_id = ?1", id);
}

std::int64_t delete_some_of_recording(Tx& tx, RecordingId id) {
  constexpr std::int64_t kAtOnce = 500;
  const auto gone = tx.run(
      "DELETE FROM mtg_recording_chunk WHERE recording_id = ?1 AND number IN (SELECT number FROM mtg_recording_chunk "
      "WHERE recording_id = ?1 ORDER BY number LIMIT ?2)",
      id, kAtOnce);
  return gone > 0 ? gone : tx.run("DELETE FROM mtg_recording WHERE id = ?1 AND state = 'erased'", id);
}

std::vector<MeetingId> old_recordings(Connection& c, const Ages& ages, std::int64_t limit) {
  const auto edge = ages.days > 0 ? ages.now - ages.days * kDayMs : 0;
  return store::values<MeetingId>(c.query(kOldRecordings, edge, ages.now, kDayMs, limit));
}

TenantRetention retention_of(Connection& c, std::int64_t tenant_id) {
  auto rows = c.query("SELECT transcript_days, recording_days FROM mtg_retention WHERE tenant_id = ?1", tenant_id);
  TenantRetention kept;
  if (rows.next()) rows >> kept.transcript_days >> kept.recording_days;
  return kept;
}

void set_retention(Tx& tx, std::int64_t tenant_id, const TenantRetention& retention) {
  tx.run("DELETE FROM mtg_retention WHERE tenant_id = ?1", tenant_id);
  if (!retention.transcript_days && !retention.recording_days) return;
  tx.run("INSERT INTO mtg_retention (tenant_id, transcript_days, recording_days) VALUES (?1, ?2, ?3)", tenant_id,
         retention.transcript_days, retention.recording_days);
}

}  // namespace troupe::meetings::records
