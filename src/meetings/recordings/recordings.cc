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
constexpr std::chrono::seconds kLookAgain{2};

Error no_such_recording() { return Error(Errc::not_found, "There is no such recording."); }

}  // namespace

Recordings::Recordings(const Uses& uses, ChunkFiles::Options options)
    : uses_(uses), files_(std::move(options)), pace_(uses.clock) {}

Error files_follow() {
  return Error(Errc::unavailable,
               "It is deleted and nobody can hear it, but its files could not be removed yet; that is tried again.");
}

std::optional<std::string> Recordings::trouble() const {
  const auto failed = failed_ms_.load();
  const auto since = uses_.clock.unix_ms() - failed;
  if (failed == 0 || since < 0 || since > std::chrono::milliseconds(kRememberedTrouble).count()) return std::nullopt;
  return "Recordings of meetings cannot be stored: their disk is full or fails.";
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
  auto work = [this, recording = sound.recording, row = sound.chunks.at(chunk)] { return files_.read(recording, row); };
  co_return co_await base::on_pool(uses_.files, std::move(work));
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
  co_return (co_await remove({id})).has_value();
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
  // Those whose files cannot be removed hold up nobody else's.
  for (RecordingId after = 0;;) {
    auto look = [after](store::Connection& c) -> Result<std::vector<RecordingId>> {
      return records::erased_recordings(c, after, kErasedAtOnce);
    };
    CO_TRY(auto erased, co_await uses_.db.read(look));
    if (erased.empty()) co_return outcome;
    after = erased.back();
    if (auto removed = co_await remove(std::move(erased)); !removed) outcome = std::move(removed);
  }
}

Task<Unit> Recordings::finish_erasures(MeetingId meeting) {
  auto look = [meeting](store::Connection& c) -> Result<std::vector<RecordingId>> {
    return records::erased_recordings_of(c, meeting);
  };
  CO_TRY(auto erased, co_await uses_.db.read(look));
  co_return co_await remove(std::move(erased));
}

Task<Unit> Recordings::remove(std::vector<RecordingId> erased) {
  std::vector<RecordingId> removed;
  Result<Unit> outcome = Unit{};
  for (const auto id : erased) {
    auto work = [this, id] { return files_.remove_all(id); };
    const auto done = co_await base::on_pool(uses_.files, std::move(work));
    if (done) {
      removed.push_back(id);
      continue;
    }
    outcome = done;
    base::log_warning("meetings", "The files of a deleted recording could not be removed; that is tried again.",
                      {{"recording", std::to_string(id)}, {"reason", done.error().detail()}});
  }
  if (removed.empty()) co_return outcome;
  // The keys are in the log yet, as they were.
  CO_TRY(co_await store::empty_log(uses_.db));
  for (const auto id : removed) {
    auto piece = [id](store::Tx& tx) -> Result<std::int64_t> { return records::delete_some_of_recording(tx, id); };
    std::int64_t gone = 0;
    do {
      CO_TRY(gone, co_await uses_.db.write(piece, kBulk));
    } while (gone > 0);
  }
  co_return outcome;
}

Task<Unit> Recordings::sweep_folders() {
  auto work = [this] { return files_.folders(kFoldersAtOnce); };
  CO_TRY(auto folders, co_await base::on_pool(uses_.files, std::move(work)));
  // A row is there before its folder, and goes after it.
  auto look = [&](store::Connection& c) -> Result<Unit> {
    std::erase_if(folders, [&](RecordingId id) { return records::find_recording(c, id).has_value(); });
    return Unit{};
  };
  CO_TRY(co_await uses_.db.read(look));
  Result<Unit> outcome = Unit{};
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
  CO_TRY(co_await sweep_folders());
  co_return erased;
}

}  // namespace troupe::meetings::recordings
