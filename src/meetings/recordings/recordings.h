// The recordings of meetings: takes in what bots record, gives it out, deletes it.
#pragma once
#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/task.h"
#include "meetings/recordings/bucket.h"
#include "meetings/recordings/files.h"
#include "meetings/recordings/pace.h"
#include "meetings/records/bell.h"
#include "meetings/records/recording_store.h"

namespace troupe::meetings::recordings {

/// What the recordings of a meeting may be together, so that one bot fills no disk.
inline constexpr std::int64_t kMostBytes = 1LL << 30;
inline constexpr std::int64_t kMostChunks = 20'000;
inline constexpr std::int64_t kMostRecordings = 50;
inline constexpr std::int64_t kLongestMs = 26LL * 3'600 * 1'000;  ///< of one
inline constexpr std::string_view kMediaType = "audio/webm";

/// A chunk on its way in. Its number says where it belongs, whenever it comes.
struct NewChunk {
  MeetingId meeting = 0;
  std::int64_t attempt = 0;  ///< whose token it came with
  std::string session_uid{};
  std::string part{};  ///< what the bot calls the recording: 1 to 64 letters, digits, '-'
  std::int64_t number = 0;
  std::int64_t until_ms = 0;  ///< from the recording's begin to this chunk's end, as the bot says
  std::string bytes{};
};

/// What can be read of a recording, as it was when it was opened.
struct Sound {
  Recording recording{};
  std::vector<RecordingChunk> chunks{};
  std::int64_t bytes = 0;
};

/// As transcripts::Retention.
struct Retention {
  base::UnixMs now = 0;  ///< by host::age_clock
  std::int64_t recording_days = 0;
  std::int64_t meeting_days = 0;
};

/// Callable from any thread, in every process on one database that shares the data folder.
class Recordings {
 public:
  struct Uses {
    store::Database& db;
    const base::Clock& clock;
    const records::Bell& bell;
    asio::thread_pool& files;              ///< waits for disks
    std::int64_t most_bytes = 0;           ///< of a tenant; 0: as many as the disk takes
    host::ObjectStore* objects = nullptr;  ///< where recordings go that do not change any more; nullptr: they stay
  };
  Recordings(const Uses& uses, ChunkFiles::Options options);
  static constexpr std::chrono::hours kBucketLooked{24};

  /// Completes when the chunk is durable. The same chunk again changes nothing. Errors: not_found (no such meeting, it
  /// is not to be recorded, the token is an earlier bot's, the recording was deleted); conflict (the meeting has ended,
  /// or another content has this number); invalid_param; too_large (a chunk); limit_exceeded (more than a meeting or
  /// its tenant may have, or faster than sound); unavailable (the disk is full or fails: the chunk may come again).
  Task<Recording> take(NewChunk chunk);

  // Giving out. The caller has made sure that whoever asks may see the meeting.

  Task<std::vector<Recording>> list(MeetingId meeting);
  /// Of the meetings that are meant, newest first.
  Task<records::RecordingPage> list(records::Whose whose, std::int64_t from, std::int64_t limit);
  /// With its meeting's number. Error: not_found, also for whoever may not see it.
  Task<Recording> find(records::Whose whose, RecordingId id);
  /// Errors: not_found (it was deleted).
  Task<Sound> open(RecordingId id);
  /// One chunk, unsealed. Errors: unavailable, internal (it was altered).
  Task<std::string> read(const Sound& sound, std::size_t chunk);
  /// Makes sure, every two seconds, that what was opened is not deleted by now: `looked` is when that was seen last.
  /// Error: not_found.
  Task<Unit> is_there(const Sound& sound, std::chrono::steady_clock::time_point& looked);

  /// Deletes key, files and rows. False: nobody can hear it any more, but its files could not be removed yet, which is
  /// tried again. Errors, and nothing is deleted: not_found; conflict (its meeting goes on); unavailable.
  Task<bool> erase(RecordingId id);

  /// After the meeting's end, before finished(): removes what interrupted uploads left behind. May be done twice.
  Task<Unit> tidy(MeetingId meeting);

  // Work that repeats, in one process.

  /// Takes up deletions: files, the write-ahead log with the keys, rows. Error: unavailable (of some: the others are
  /// done).
  /// A bucket that does not answer is asked once, not once for each.
  Task<Unit> finish_erasures();
  /// Those of one meeting. Not only in one process.
  Task<Unit> finish_erasures(MeetingId meeting);
  /// Brings recordings that do not change any more into the bucket, and goes on where it was cut off. Errors:
  /// unavailable (the bucket or the database is away), internal (of some: the others are there).
  Task<Unit> bring_to_bucket();
  /// Deletes what is older than it is to be, and what no row speaks of: folders, and, in the bucket, which is looked
  /// into once in kBucketLooked, what was unknown there a day ago, too.
  Task<Unit> forget_old(Retention keep);

  /// Nothing when recordings can be stored, else a sentence for the health check.
  std::optional<std::string> trouble() const;

 private:
  struct Found {
    Meeting meeting{};
    std::optional<Recording> recording{};
    std::optional<RecordingChunk> chunk{};
    records::Recorded there{};
    std::int64_t of_tenant = 0;
  };
  Task<Recording> begin(const NewChunk& chunk);
  /// `bucket_is_away`, which the caller keeps alive: it is not asked any more, and found out here.
  Task<Unit> remove(std::vector<RecordingId> erased, bool& bucket_is_away);
  Task<Unit> remove_pieces(RecordingId id, bool& bucket_is_away);
  /// The write-ahead log has no keys of these any more.
  Task<Unit> cut_keys(std::vector<RecordingId> erased);
  Task<Unit> sweep_folders();
  Task<Unit> sweep_bucket(base::UnixMs now);
  Task<Unit> bring(RecordingId id);
  /// Beside each other. Empty: the piece is not on the disk.
  Task<std::vector<std::string>> bring_pieces(RecordingId id, std::span<const RecordingChunk> pieces);
  Task<std::string> bring_piece(RecordingId id, RecordingChunk piece);
  Task<bool> is_ready(RecordingId id);

  Uses uses_;
  ChunkFiles files_;
  std::optional<ChunkBucket> bucket_;
  Pace pace_;
  std::atomic<base::UnixMs> failed_ms_{0};         ///< when a chunk could not be stored last
  std::atomic<base::UnixMs> bucket_failed_ms_{0};  ///< when the bucket took nothing last
  base::Mutex mutex_;
  std::set<RecordingId> cut_ GUARDED_BY(mutex_);  ///< see cut_keys; of those whose pieces wait
  // Of bring_to_bucket() alone, which never overlaps itself.
  std::map<RecordingId, std::chrono::steady_clock::time_point> rests_until_;
  // Of forget_old() alone, which never overlaps itself.
  std::optional<std::chrono::steady_clock::time_point> looked_at_bucket_;
};

/// What whoever deletes is told where Recordings::erase yields false.
Error files_follow();

/// In the transaction that says that all is done: the meeting's recordings do not change any more; those of which
/// nothing came are deleted. Yields those that there are. Throws store::SqlError.
std::vector<Recording> finish_recordings(store::Tx& tx, MeetingId meeting, base::UnixMs now);

}  // namespace troupe::meetings::recordings
