// Transcripts: deleting them.
#include <algorithm>

#include "meetings/records/recording_store.h"
#include "meetings/transcripts/intake.h"
#include "meetings/transcripts/transcripts.h"
#include "store/write_log.h"

namespace troupe::meetings::transcripts {
namespace {

namespace rows = transcript_store;

constexpr store::WriteOptions kBulk{.lane = store::Lane::bulk, .savepoint = true};

}  // namespace

Task<Unit> Transcripts::erase(MeetingId meeting, std::function<void(store::Tx&)> also) {
  const auto now = uses_.clock.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<bool> {
    auto volume = rows::find_volume(tx, meeting);
    if (!volume) return Error(Errc::not_found, "There is no such meeting.");
    if (!volume->ended_ms) return Error(Errc::conflict, "The meeting's bot is still there.");
    records::erase_recordings(tx, meeting);
    if (also) also(tx);
    if (volume->erased_ms) return false;
    // From this commit on nobody can read it, and nothing is taken in.
    rows::put_erased(tx, meeting, now);
    return true;
  };
  CO_TRY(const bool is_first, co_await uses_.db.write(write));
  if (is_first) uses_.bell.ring(meeting);
  co_return co_await delete_rows({meeting});
}

Task<Unit> Transcripts::delete_rows(std::vector<MeetingId> erased) {
  auto look = [&](store::Connection& c) -> Result<Unit> {
    std::erase_if(erased, [&](MeetingId id) { return !rows::has_leftovers(c, id); });
    return Unit{};
  };
  CO_TRY(co_await uses_.db.read(look));
  if (erased.empty()) co_return Unit{};
  for (const auto meeting : erased) {
    auto piece = [&](store::Tx& tx) -> Result<std::int64_t> { return rows::delete_some(tx, meeting); };
    std::int64_t gone = 0;
    do {
      CO_TRY(gone, co_await uses_.db.write(piece, kBulk));
    } while (gone > 0);
  }
  // The key and the rows are in the log yet, as they were.
  CO_TRY(co_await store::empty_log(uses_.db));
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    for (const auto meeting : erased) rows::no_leftovers(tx, meeting);
    return Unit{};
  };
  co_return co_await uses_.db.write(write);
}

Task<Unit> Transcripts::finish_erasures() {
  auto look = [](store::Connection& c) -> Result<std::vector<MeetingId>> { return rows::leftovers(c); };
  CO_TRY(auto erased, co_await uses_.db.read(look));
  co_return co_await delete_rows(std::move(erased));
}

Task<Unit> Transcripts::forget_old(Retention keep) {
  constexpr std::int64_t kMost = 100;
  // A meeting that goes takes its transcript along.
  auto days = keep.transcript_days;
  if (keep.meeting_days > 0) days = days > 0 ? std::min(days, keep.meeting_days) : keep.meeting_days;
  for (;;) {
    auto look = [&](store::Connection& c) -> Result<std::vector<MeetingId>> {
      return records::old_transcripts(c, {.now = keep.now, .days = days}, kMost);
    };
    CO_TRY(const auto old, co_await uses_.db.read(look));
    auto write = [&](store::Tx& tx) -> Result<Unit> {
      for (const auto meeting : old) rows::put_erased(tx, meeting, keep.now);
      return Unit{};
    };
    if (!old.empty()) CO_TRY(co_await uses_.db.write(write, kBulk));
    for (const auto meeting : old) uses_.bell.ring(meeting);
    CO_TRY(co_await delete_rows(old));
    if (std::ssize(old) < kMost) break;
  }
  if (keep.meeting_days == 0) co_return Unit{};
  const auto before = keep.now - keep.meeting_days * records::kDayMs;
  for (;;) {
    auto write = [&](store::Tx& tx) -> Result<std::size_t> {
      const auto old = records::old_meetings(tx, before, kMost);
      for (const auto meeting : old) records::delete_meeting(tx, meeting);
      return old.size();
    };
    CO_TRY(const auto gone, co_await uses_.db.write(write, kBulk));
    if (static_cast<std::int64_t>(gone) < kMost) co_return Unit{};
  }
}

}  // namespace troupe::meetings::transcripts
