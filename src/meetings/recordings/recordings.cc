#include "meetings/recordings/recordings.h"

#include <algorithm>

#include "base/log.h"
#include "base/on_pool.h"
#include "store/write_log.h"

namespace troupe::meetings::recordings {
namespace {

constexpr store::WriteOptions kBulk{.lane = store::Lane::bulk, .savepoint = true};
constexpr std::int64_t kErasedAtOnce = 100;
constexpr std::size_t kFoldersAtOnce = 100'000;
constexpr std::chrono::minutes kRememberedTrouble{2};
/// While it is away it is tried much more often.
constexpr std::chrono::minutes kRememberedBucket{5};
constexpr std::chrono::seconds kLookAgain{2};
constexpr std::size_t kMostCut = 100'000;

Error no_such_recording() { return Error(Errc::not_found, "There is no such recording."); }

}  // namespace

Recordings::Recordings(const Uses& uses, ChunkFiles::Options options)
    : uses_(uses), files_(std::move(options)), pace_(uses.clock) {
  if (uses.objects != nullptr) bucket_.emplace(*uses.objects);
}

Error files_follow() {
  return Error(Errc::unavailable,
               "It is deleted and nobody can hear it, but its files could not be removed yet; that is tried again.");
}

std::optional<std::string> Recordings::trouble() const {
  const auto failed = failed_ms_.load();
  const auto since = uses_.clock.unix_ms() - failed;
  if (failed != 0 && since >= 0 && since <= std::chrono::milliseconds(kRememberedTrouble).count()) {
    return "Recordings of meetings cannot be stored: their disk is full or fails.";
  }
  // Where another process brings them by now, this one knows nothing of the bucket any more.
  const auto away = bucket_failed_ms_.load();
  const auto since_away = uses_.clock.unix_ms() - away;
  if (away != 0 && since_away >= 0 && since_away <= std::chrono::milliseconds(kRememberedBucket).count())
    return "Recordings of meetings wait in the folder: their bucket does not take them.";
  return std::nullopt;
}

Task<std::vector<Recording>> Recordings::list(MeetingId meeting) {
  auto look = [&](store::Connection& c) -> Result<std::vector<Recording>> {
    return records::recordings_of(c, meeting);
  };
  co_return co_await uses_.db.read(look);
}

Task<records::RecordingPage> Recordings::list(records::Whose whose, std::int64_t from, std::int64_t limit) {
  auto look = [&](store::Connection& c) -> Result<records::RecordingPage> {
    return records::list_recordings(c, whose, from, limit);
  };
  co_return co_await uses_.db.read(look);
}

Task<Recording> Recordings::find(records::Whose whose, RecordingId id) {
  auto look = [&](store::Connection& c) -> Result<Recording> {
    auto found = records::find_recording(c, id);
    if (!found || found->state == RecordingState::erased || !records::find_meeting(c, whose, found->meeting)) {
      return no_such_recording();
    }
    return *std::move(found);
  };
  co_return co_await uses_.db.read(look);
}

Task<Sound> Recordings::open(RecordingId id) {
  auto look = [&](store::Connection& c) -> Result<Sound> {
    auto found = records::find_recording(c, id);
    if (!found || found->key.empty()) return no_such_recording();
    Sound sound{.recording = *std::move(found), .chunks = records::chunks_of(c, id)};
    for (const auto& chunk : sound.chunks) sound.bytes += chunk.bytes;
    return sound;
  };
  co_return co_await uses_.db.read(look);
}

Task<std::string> Recordings::read(const Sound& sound, std::size_t chunk) {
  const auto& row = sound.chunks.at(chunk);
  if (bucket_ && sound.recording.in_bucket) co_return co_await bucket_->read(sound.recording, row);
  auto work = [this, recording = sound.recording, row] { return files_.read(recording, row); };
  auto piece = co_await base::on_pool(uses_.files, std::move(work));
  if (piece || !bucket_ || piece.error().code() != Errc::unavailable) co_return piece;
  // It may have gone there since it was opened.
  auto in_bucket = co_await bucket_->read(sound.recording, row);
  co_return in_bucket ? std::move(in_bucket) : std::move(piece);
}

Task<Unit> Recordings::is_there(const Sound& sound, std::chrono::steady_clock::time_point& looked) {
  const auto now = uses_.clock.steady();
  if (now - looked < kLookAgain) co_return Unit{};
  looked = now;
  auto look = [id = sound.recording.id](store::Connection& c) -> Result<Unit> {
    const auto found = records::find_recording(c, id);
    if (!found || found->key.empty()) return no_such_recording();
    return Unit{};
  };
  co_return co_await uses_.db.read(look);
}

Task<bool> Recordings::erase(RecordingId id) {
  auto write = [&](store::Tx& tx) -> Result<MeetingId> {
    const auto found = records::find_recording(tx, id);
    const auto kept = found ? records::find_meeting(tx, found->meeting) : std::nullopt;
    if (!kept || found->state == RecordingState::erased) return no_such_recording();
    if (!kept->meeting.ended_ms) return Error(Errc::conflict, "The meeting goes on: its bot is still recording.");
    // From this commit on nobody can hear it.
    records::erase_recording(tx, id);
    return found->meeting;
  };
  CO_TRY(const auto meeting, co_await uses_.db.write(write));
  uses_.bell.ring(meeting);
  bool bucket_is_away = false;
  co_return (co_await remove({id}, bucket_is_away)).has_value();
}

Task<Unit> Recordings::tidy(MeetingId meeting) {
  CO_TRY(const auto all, co_await list(meeting));
  for (const auto& recording : all) {
    auto look = [id = recording.id](store::Connection& c) -> Result<std::vector<RecordingChunk>> {
      return records::chunks_of(c, id);
    };
    CO_TRY(auto kept, co_await uses_.db.read(look));
    auto work = [this, id = recording.id, kept = std::move(kept)] { return files_.remove_others(id, kept); };
    CO_TRY(co_await base::on_pool(uses_.files, std::move(work)));
  }
  co_return Unit{};
}

std::vector<Recording> finish_recordings(store::Tx& tx, MeetingId meeting, base::UnixMs now) {
  std::vector<Recording> ready;
  for (auto& recording : records::recordings_of(tx, meeting)) {
    if (recording.chunks == 0) {
      records::erase_recording(tx, recording.id);
      continue;
    }
    if (recording.state == RecordingState::recording) {
      recording.state = RecordingState::ready;
      recording.ended_ms = std::clamp(recording.started_ms + recording.length_ms, recording.started_ms,
                                      std::max(recording.started_ms, now));
      records::update_recording(tx, recording);
    }
    ready.push_back(std::move(recording));
  }
  return ready;
}

Task<Unit> Recordings::finish_erasures() {
  Result<Unit> outcome = Unit{};
  bool bucket_is_away = false;
  // Those whose files cannot be removed hold up nobody else's.
  for (RecordingId after = 0;;) {
    auto look = [after](store::Connection& c) -> Result<std::vector<RecordingId>> {
      return records::erased_recordings(c, after, kErasedAtOnce);
    };
    CO_TRY(auto erased, co_await uses_.db.read(look));
    if (erased.empty()) co_return outcome;
    after = erased.back();
    if (auto removed = co_await remove(std::move(erased), bucket_is_away); !removed) outcome = std::move(removed);
  }
}

Task<Unit> Recordings::finish_erasures(MeetingId meeting) {
  auto look = [meeting](store::Connection& c) -> Result<std::vector<RecordingId>> {
    return records::erased_recordings_of(c, meeting);
  };
  CO_TRY(auto erased, co_await uses_.db.read(look));
  bool bucket_is_away = false;
  co_return co_await remove(std::move(erased), bucket_is_away);
}

Task<Unit> Recordings::cut_keys(std::vector<RecordingId> erased) {
  {
    const base::Lock lock(mutex_);
    if (std::ranges::all_of(erased, [this](RecordingId id) REQUIRES(mutex_) { return cut_.contains(id); }))
      co_return Unit{};
  }
  CO_TRY(co_await store::empty_log(uses_.db));
  const base::Lock lock(mutex_);
  if (cut_.size() < kMostCut) cut_.insert(erased.begin(), erased.end());
  co_return Unit{};
}

Task<Unit> Recordings::remove(std::vector<RecordingId> erased, bool& bucket_is_away) {
  if (erased.empty()) co_return Unit{};
  // The keys are in the log yet, as they were. They wait for no bucket.
  CO_TRY(co_await cut_keys(erased));
  std::vector<RecordingId> removed;
  Result<Unit> outcome = Unit{};
  for (const auto id : erased) {
    const bool was_away = bucket_is_away;
    const auto done = co_await remove_pieces(id, bucket_is_away);
    if (done) {
      removed.push_back(id);
      continue;
    }
    outcome = done;
    if (was_away) continue;  // said already
    base::log_warning("meetings", "The files of a deleted recording could not be removed; that is tried again.",
                      {{"recording", std::to_string(id)}, {"reason", done.error().detail()}});
  }
  for (const auto id : removed) {
    auto piece = [id](store::Tx& tx) -> Result<std::int64_t> { return records::delete_some_of_recording(tx, id); };
    std::int64_t gone = 0;
    do {
      CO_TRY(gone, co_await uses_.db.write(piece, kBulk));
    } while (gone > 0);
  }
  const base::Lock lock(mutex_);
  for (const auto id : removed) cut_.erase(id);
  co_return outcome;
}

Task<Unit> Recordings::remove_pieces(RecordingId id, bool& bucket_is_away) {
  // Without the setting of a bucket nothing can go from there: unreadable it is, and a server with it sweeps.
  auto work = [this, id] { return files_.remove_all(id); };
  CO_TRY(co_await base::on_pool(uses_.files, std::move(work)));
  if (!bucket_) co_return Unit{};
  if (bucket_is_away) co_return Error(Errc::unavailable, "The recording's bucket does not answer.");
  auto removed = co_await bucket_->remove_all(id);
  if (!removed) bucket_is_away = removed.error().code() == Errc::unavailable;
  co_return removed;
}

Task<Unit> Recordings::sweep_folders() {
  auto work = [this] { return files_.folders(kFoldersAtOnce); };
  CO_TRY(auto folders, co_await base::on_pool(uses_.files, std::move(work)));
  // A row is there before its folder, and goes after it.
  std::vector<RecordingId> half_brought;
  auto look = [&](store::Connection& c) -> Result<Unit> {
    half_brought.clear();
    std::erase_if(folders, [&](RecordingId id) {
      const auto found = records::find_recording(c, id);
      if (found && found->in_bucket && found->state == RecordingState::ready) half_brought.push_back(id);
      return found.has_value();
    });
    return Unit{};
  };
  CO_TRY(co_await uses_.db.read(look));
  Result<Unit> outcome = Unit{};
  for (const auto id : half_brought) {
    if (!bucket_) break;
    if (auto brought = co_await bring(id); !brought) outcome = std::move(brought);
  }
  for (const auto id : folders) {
    auto work = [this, id] { return files_.remove_all(id); };
    if (auto removed = co_await base::on_pool(uses_.files, std::move(work)); !removed) outcome = std::move(removed);
  }
  co_return outcome;
}

Task<Unit> Recordings::forget_old(Retention keep) {
  constexpr std::int64_t kMost = 100;
  auto days = keep.recording_days;
  if (keep.meeting_days > 0) days = days > 0 ? std::min(days, keep.meeting_days) : keep.meeting_days;
  for (;;) {
    auto write = [&](store::Tx& tx) -> Result<std::vector<MeetingId>> {
      auto old = records::old_recordings(tx, {.now = keep.now, .days = days}, kMost);
      for (const auto meeting : old) records::erase_recordings(tx, meeting);
      return old;
    };
    CO_TRY(const auto old, co_await uses_.db.write(write, kBulk));
    for (const auto meeting : old) uses_.bell.ring(meeting);
    if (std::ssize(old) < kMost) break;
  }
  const auto erased = co_await finish_erasures();
  auto folders = co_await sweep_folders();
  CO_TRY(co_await sweep_bucket(keep.now));
  CO_TRY(std::move(folders));
  co_return erased;
}

}  // namespace troupe::meetings::recordings
