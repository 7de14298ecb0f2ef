// Recordings: those that do not change any more go into the bucket of media.
#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <map>
#include <span>

#include "base/log.h"
#include "base/on_pool.h"
#include "meetings/recordings/recordings.h"

namespace troupe::meetings::recordings {
namespace {

constexpr store::WriteOptions kWhenIdle{.lane = store::Lane::bulk, .savepoint = true};
constexpr std::int64_t kBroughtAtOnce = 20;
constexpr std::size_t kLookedAtOnce = 100'000;
constexpr std::size_t kNotedAtOnce = 200;
/// What cannot be read now is hardly there a moment later.
constexpr auto kRestsAfterFailure = std::chrono::hours(1);
constexpr std::size_t kMostResting = 10'000;
/// Pieces are small, and most of the time of one is the way to the bucket and back.
constexpr std::size_t kPiecesAtOnce = 8;

}  // namespace

Task<Unit> Recordings::bring_to_bucket() {
  if (!bucket_) co_return Unit{};
  Result<Unit> outcome = Unit{};
  for (RecordingId after = 0;;) {
    auto look = [after](store::Connection& c) -> Result<std::vector<Recording>> {
      return records::recordings_in_folder(c, after, kBroughtAtOnce);
    };
    CO_TRY(const auto waiting, co_await uses_.db.read(look));
    if (waiting.empty()) break;
    after = waiting.back().id;
    for (const auto& recording : waiting) {
      if (const auto rests = rests_until_.find(recording.id); rests != rests_until_.end()) {
        if (uses_.clock.steady() < rests->second) continue;
        rests_until_.erase(rests);
      }
      if (auto brought = co_await bring(recording.id); !brought) {
        const bool is_away = !bucket_->answers();
        if (!is_away || bucket_failed_ms_ == 0)  // once for all that an outage holds up
          base::log_warning("meetings", "A recording could not be brought to its bucket; that is tried again.",
                            {{"recording", std::to_string(recording.id)}, {"reason", brought.error().detail()}});
        outcome = std::move(brought);
        // One whose pieces cannot be read holds up no other; a service that is away would refuse all of them.
        if (is_away) {
          bucket_failed_ms_ = uses_.clock.unix_ms();
          co_return outcome;
        }
        if (rests_until_.size() < kMostResting)
          rests_until_.emplace(recording.id, uses_.clock.steady() + kRestsAfterFailure);
      }
    }
  }
  bucket_failed_ms_ = 0;
  co_return outcome;
}

Task<Unit> Recordings::bring(RecordingId id) {
  auto look = [id](store::Connection& c) -> Result<std::vector<RecordingChunk>> { return records::chunks_of(c, id); };
  CO_TRY(const auto chunks, co_await uses_.db.read(look));
  // What an earlier attempt has brought is there already, whole: an object is stored or is not.
  CO_TRY(const auto there, co_await bucket_->files_of(id));
  std::vector<RecordingChunk> missing;
  std::ranges::copy_if(chunks, std::back_inserter(missing),
                       [&](const RecordingChunk& chunk) { return !there.contains(chunk.file); });
  std::string lost;
  for (std::size_t from = 0; from < missing.size(); from += kPiecesAtOnce) {
    const auto count = std::min(kPiecesAtOnce, missing.size() - from);
    CO_TRY(const auto gone, co_await bring_pieces(id, std::span(missing).subspan(from, count)));
    if (gone.empty()) continue;
    // It was deleted meanwhile, or the disk has lost it.
    CO_TRY(const bool is_wanted, co_await is_ready(id));
    if (!is_wanted) co_return co_await bucket_->remove_all(id);
    lost = gone.back();  // the others go on
  }
  if (!lost.empty())
    co_return Error(Errc::internal, "A piece of the recording is neither on the disk nor in the bucket.", lost);
  auto write = [id](store::Tx& tx) -> Result<bool> { return records::put_in_bucket(tx, id); };
  CO_TRY(const bool is_there, co_await uses_.db.write(write));
  // Whoever deleted it meanwhile may have looked into the bucket before the last piece came.
  if (!is_there) co_return co_await bucket_->remove_all(id);
  // A kill before this leaves the folder: sweep_folders().
  auto remove = [this, id] { return files_.remove_all(id); };
  co_return co_await base::on_pool(uses_.files, std::move(remove));
}

Task<std::vector<std::string>> Recordings::bring_pieces(RecordingId id, std::span<const RecordingChunk> pieces) {
  using asio::experimental::awaitable_operators::operator&&;
  std::vector<std::string> lost;
  if (pieces.size() == 1) {
    CO_TRY(auto gone, co_await bring_piece(id, pieces.front()));
    if (!gone.empty()) lost.push_back(std::move(gone));
    co_return lost;
  }
  const auto half = pieces.size() / 2;
  auto both = co_await (bring_pieces(id, pieces.first(half)) && bring_pieces(id, pieces.subspan(half)));
  for (auto* part : {&std::get<0>(both), &std::get<1>(both)}) {
    if (!*part) co_return std::unexpected(std::move(*part).error());
    std::ranges::move(**part, std::back_inserter(lost));
  }
  co_return lost;
}

Task<std::string> Recordings::bring_piece(RecordingId id, RecordingChunk piece) {
  auto read = [this, id, piece] { return files_.read_sealed(id, piece); };
  auto sealed = co_await base::on_pool(uses_.files, std::move(read));
  if (!sealed) co_return Error(Errc::internal, sealed.error().message(), sealed.error().detail());
  if (!*sealed) co_return piece.file;
  CO_TRY(co_await bucket_->put(id, piece.file, **std::move(sealed)));
  co_return std::string();
}

Task<bool> Recordings::is_ready(RecordingId id) {
  auto look = [id](store::Connection& c) -> Result<bool> {
    const auto found = records::find_recording(c, id);
    return found && found->state == RecordingState::ready;
  };
  co_return co_await uses_.db.read(look);
}

Task<Unit> Recordings::sweep_bucket(base::UnixMs now) {
  const auto looked = uses_.clock.steady();
  if (!bucket_ || (looked_at_bucket_ && looked - *looked_at_bucket_ < kBucketLooked)) co_return Unit{};
  CO_TRY(auto unknown, co_await bucket_->recordings(kLookedAtOnce));
  std::map<RecordingId, base::UnixMs> noted;
  auto look = [&](store::Connection& c) -> Result<Unit> {
    std::erase_if(unknown, [&](RecordingId id) { return records::find_recording(c, id).has_value(); });
    noted = records::bucket_orphans(c);
    return Unit{};
  };
  CO_TRY(co_await uses_.db.read(look));
  // An older copy of the database knows nothing of what is newer: what it lacks has a day, as media have.
  const auto since = now - std::chrono::milliseconds(kBucketLooked).count();
  std::vector<RecordingId> old;
  std::vector<RecordingId> changed;
  for (const auto id : unknown) {
    const auto known = noted.find(id);
    if (known == noted.end()) changed.push_back(id);
    if (known != noted.end() && known->second <= since) old.push_back(id);
  }
  for (const auto& [id, seen] : noted)
    if (!unknown.contains(id)) changed.push_back(id);
  for (std::size_t from = 0; from < changed.size(); from += kNotedAtOnce) {
    auto note = [&, piece = std::span(changed).subspan(from, std::min(kNotedAtOnce, changed.size() - from))](
                    store::Tx& tx) -> Result<Unit> {
      for (const auto id : piece) {
        if (unknown.contains(id)) {
          records::note_bucket_orphan(tx, id, now);
        } else {
          records::forget_bucket_orphan(tx, id);
        }
      }
      return Unit{};
    };
    CO_TRY(co_await uses_.db.write(note, kWhenIdle));
  }
  for (const auto id : old) CO_TRY(co_await bucket_->remove_all(id));
  looked_at_bucket_ = looked;
  co_return Unit{};
}

}  // namespace troupe::meetings::recordings
