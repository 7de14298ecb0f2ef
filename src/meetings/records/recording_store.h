// The tables of recordings, and for how long tenants keep what was said. All functions run inside the caller's
// transaction and throw store::SqlError.
#pragma once
#include <map>
#include <vector>

#include "meetings/records/meeting_store.h"
#include "meetings/types/recording.h"

namespace troupe::meetings::records {

void insert_recording(store::Tx& tx, const Recording& recording);
/// How much there is of it, and its state.
void update_recording(store::Tx& tx, const Recording& recording);
/// Also erased ones.
std::optional<Recording> find_recording(store::Connection& c, RecordingId id);
std::optional<Recording> find_recording(store::Connection& c, MeetingId meeting, std::string_view part);
/// Without erased ones, oldest first.
std::vector<Recording> recordings_of(store::Connection& c, MeetingId meeting);
/// Of the meetings that are meant, without erased ones, newest first.
struct RecordingPage {
  std::vector<Recording> items{};
  std::int64_t total = 0;
};
RecordingPage list_recordings(store::Connection& c, const Whose& whose, std::int64_t from, std::int64_t limit);
/// What a meeting has, with erased ones: it may not have more because some were deleted.
struct Recorded {
  std::int64_t recordings = 0;
  std::int64_t chunks = 0;
  std::int64_t bytes = 0;
};
Recorded recorded_in(store::Connection& c, MeetingId meeting);
/// Of all that a tenant has kept.
std::int64_t recorded_bytes(store::Connection& c, std::int64_t tenant_id);

void insert_chunk(store::Tx& tx, const RecordingChunk& chunk);
std::optional<RecordingChunk> find_chunk(store::Connection& c, RecordingId recording, std::int64_t number);
/// In their order.
std::vector<RecordingChunk> chunks_of(store::Connection& c, RecordingId recording);

/// Nobody can hear it any more: the key goes. Its files and rows follow (erased_recordings).
void erase_recording(store::Tx& tx, RecordingId id);
void erase_recordings(store::Tx& tx, MeetingId meeting);
/// Whose files and rows are to go, behind `after`.
std::vector<RecordingId> erased_recordings(store::Connection& c, RecordingId after, std::int64_t limit);
/// Those of one meeting.
std::vector<RecordingId> erased_recordings_of(store::Connection& c, MeetingId meeting);
/// Those that do not change any more and are in no bucket, behind `after`.
std::vector<Recording> recordings_in_folder(store::Connection& c, RecordingId after, std::int64_t limit);
/// False: it is not there any more, or was erased.
bool put_in_bucket(store::Tx& tx, RecordingId id);
/// What lay in the bucket and had no row, and since when that is known.
std::map<RecordingId, base::UnixMs> bucket_orphans(store::Connection& c);
void note_bucket_orphan(store::Tx& tx, RecordingId id, base::UnixMs now);
void forget_bucket_orphan(store::Tx& tx, RecordingId id);
/// Some rows of an erased one, the recording's own last; yields how many went, 0: there were none.
std::int64_t delete_some_of_recording(store::Tx& tx, RecordingId id);
/// Meetings whose recordings are older than they are to be (Ages, and what the tenant and whoever asked for it said).
std::vector<MeetingId> old_recordings(store::Connection& c, const Ages& ages, std::int64_t limit);

/// For how long a tenant keeps what was said, in days after a meeting's end; nothing: as is set for all.
struct TenantRetention {
  std::optional<std::int64_t> transcript_days{};
  std::optional<std::int64_t> recording_days{};
};
TenantRetention retention_of(store::Connection& c, std::int64_t tenant_id);
void set_retention(store::Tx& tx, std::int64_t tenant_id, const TenantRetention& retention);

}  // namespace troupe::meetings::records
