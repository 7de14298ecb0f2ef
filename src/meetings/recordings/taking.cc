// Recordings: what bots send.
#include <algorithm>

#include "base/log.h"
#include "base/on_pool.h"
#include "meetings/recordings/recordings.h"

namespace troupe::meetings::recordings {
namespace {

constexpr std::size_t kMostPartBytes = 64;
constexpr std::chrono::seconds kSlower{5};
constexpr std::chrono::seconds kFull{20};

Error nothing_to_record() { return Error(Errc::not_found, "There is nothing to be recorded here."); }

bool is_part(std::string_view part) {
  return !part.empty() && part.size() <= kMostPartBytes && std::ranges::all_of(part, [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Result<Unit> check_chunk(const NewChunk& chunk) {
  if (!is_part(chunk.part)) return Error(Errc::invalid_param, "A recording's name is 1 to 64 letters, digits and '-'.");
  if (chunk.number < 0) return Error(Errc::invalid_param, "A chunk's number is 0 or more.");
  if (chunk.number >= kMostChunks) return Error(Errc::limit_exceeded, "A recording has no more chunks than that.");
  if (chunk.until_ms < 0 || chunk.until_ms > kLongestMs) {
    return Error(Errc::invalid_param, "A recording is at most 26 hours long.");
  }
  if (chunk.bytes.empty()) return Error(Errc::invalid_param, "A chunk is not empty.");
  if (chunk.bytes.size() > ChunkFiles::kMostChunkBytes) return Error(Errc::too_large, "A chunk has at most 512 KiB.");
  return Unit{};
}

/// Whether the bot of this attempt may record. The meeting may have ended since its token was looked at.
Result<Unit> may_record(const std::optional<records::Kept>& kept, const NewChunk& chunk) {
  if (!kept || !kept->meeting.recording || kept->meeting.life.attempts != chunk.attempt) return nothing_to_record();
  if (kept->meeting.ended_ms) return Error(Errc::conflict, "The meeting has ended.");
  return Unit{};
}

Result<Unit> fits(Pace& pace, const records::Recorded& there, const NewChunk& chunk) {
  const auto size = static_cast<std::int64_t>(chunk.bytes.size());
  if (there.bytes + size > kMostBytes) {
    return Error(Errc::limit_exceeded, "The recordings of a meeting have at most 1 GiB.");
  }
  if (there.chunks >= kMostChunks) {
    return Error(Errc::limit_exceeded, "The recordings of a meeting have no more chunks.");
  }
  if (!pace.admits(chunk.meeting, there, size)) {
    return Error(Errc::limit_exceeded, "That is faster than sound comes.").with_retry_after(kSlower);
  }
  return Unit{};
}

/// True: it is there already. Error: conflict.
Result<bool> is_repeated(const Recording& recording, const std::optional<RecordingChunk>& there,
                         const NewChunk& chunk) {
  if (!there) return false;
  if (there->digest == ChunkFiles::digest(recording.key, chunk.bytes)) return true;
  return Error(Errc::conflict, "Another chunk has this number.");
}

}  // namespace

Task<Recording> Recordings::begin(const NewChunk& chunk) {
  const auto now = uses_.clock.unix_ms();
  const auto key = ChunkFiles::make_key();
  auto write = [&](store::Tx& tx) -> Result<Recording> {
    TRY(may_record(records::find_meeting(tx, chunk.meeting), chunk));
    if (auto found = records::find_recording(tx, chunk.meeting, chunk.part)) return *std::move(found);
    if (records::recorded_in(tx, chunk.meeting).recordings >= kMostRecordings) {
      return Error(Errc::limit_exceeded, "A meeting has at most 50 recordings.");
    }
    Recording made{.id = tx.next_pos(),
                   .meeting = chunk.meeting,
                   .session_uid = chunk.session_uid,
                   .part = chunk.part,
                   .key = key,
                   .media_type = std::string(kMediaType),
                   .started_ms = now};
    records::insert_recording(tx, made);
    return made;
  };
  co_return co_await uses_.db.write(write);
}

Task<Recording> Recordings::take(NewChunk chunk) {
  CO_TRY(check_chunk(chunk));
  const auto now = uses_.clock.unix_ms();
  auto look = [&](store::Connection& c) -> Result<Found> {
    const auto kept = records::find_meeting(c, chunk.meeting);
    TRY(may_record(kept, chunk));
    Found found{.meeting = kept->meeting,
                .recording = records::find_recording(c, chunk.meeting, chunk.part),
                .there = records::recorded_in(c, chunk.meeting)};
    if (uses_.most_bytes > 0) found.of_tenant = records::recorded_bytes(c, kept->meeting.tenant_id);
    if (found.recording) found.chunk = records::find_chunk(c, found.recording->id, chunk.number);
    return found;
  };
  CO_TRY(auto found, co_await uses_.db.read(look));
  // What was acknowledged may be said again.
  if (!found.chunk && uses_.most_bytes > 0 && found.of_tenant + std::ssize(chunk.bytes) > uses_.most_bytes) {
    base::log_warning("meetings", "A tenant has as many recordings as it may keep: nothing more is taken in.",
                      {{"tenant", std::to_string(found.meeting.tenant_id)},
                       {"meeting", std::to_string(chunk.meeting)},
                       {"bytes", std::to_string(found.of_tenant)}});
    co_return Error(Errc::limit_exceeded, "As much is recorded as may be kept: delete some.").with_retry_after(kFull);
  }
  if (!found.recording) {
    CO_TRY(found.recording, co_await begin(chunk));
  }
  const auto& recording = *found.recording;
  if (recording.state != RecordingState::recording || recording.key.empty()) co_return nothing_to_record();
  CO_TRY(const bool repeated, is_repeated(recording, found.chunk, chunk));
  if (repeated) co_return recording;
  CO_TRY(fits(pace_, found.there, chunk));
  auto store = [this, recording, number = chunk.number, bytes = chunk.bytes] {
    return files_.write(recording, number, bytes);
  };
  auto file = co_await base::on_pool(uses_.files, std::move(store));
  if (!file) {
    failed_ms_ = now;
    base::log_warning("meetings", "A piece of a recording could not be stored; its bot sends it again.",
                      {{"meeting", std::to_string(chunk.meeting)}, {"reason", file.error().detail()}});
    co_return std::unexpected(std::move(file).error());
  }
  failed_ms_ = 0;
  // Durable first, then the row that speaks of it: what is acknowledged is there after a kill at any line.
  bool is_spoken_of = false;
  auto write = [&](store::Tx& tx) -> Result<Recording> {
    const auto there = records::find_chunk(tx, recording.id, chunk.number);
    // It is the second time that this runs: the first commit was thought to have failed.
    is_spoken_of = there && there->file == *file;
    TRY(may_record(records::find_meeting(tx, chunk.meeting), chunk));
    auto row = records::find_recording(tx, recording.id);
    if (!row || row->state != RecordingState::recording || row->key != recording.key) return nothing_to_record();
    TRY(const bool came_meanwhile, is_repeated(*row, there, chunk));
    if (came_meanwhile) return *std::move(row);
    TRY(fits(pace_, records::recorded_in(tx, chunk.meeting), chunk));
    const auto size = static_cast<std::int64_t>(chunk.bytes.size());
    records::insert_chunk(tx, {.recording = row->id,
                               .number = chunk.number,
                               .file = *file,
                               .bytes = size,
                               .digest = ChunkFiles::digest(row->key, chunk.bytes)});
    row->chunks += 1;
    row->next = std::max(row->next, chunk.number + 1);
    row->bytes += size;
    row->length_ms = std::max(row->length_ms, chunk.until_ms);
    records::update_recording(tx, *row);
    is_spoken_of = true;
    return *std::move(row);
  };
  auto kept = co_await uses_.db.write(write);
  // Not after a failure of the database: the commit may have happened all the same. What is left over goes at the end.
  if (!is_spoken_of && (kept || kept.error().code() != Errc::unavailable)) {
    auto drop = [this, id = recording.id, name = *file]() -> Result<Unit> {
      files_.remove(id, name);
      return Unit{};
    };
    (void)co_await base::on_pool(uses_.files, std::move(drop));
  }
  co_return kept;
}

}  // namespace troupe::meetings::recordings
