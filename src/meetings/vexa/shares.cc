#include "meetings/vexa/shares.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "meetings/records/meeting_store.h"
#include "store/words.h"

namespace troupe::meetings::vexa {
namespace {

using namespace store::words;

constexpr std::size_t kIdLetters = 43;

std::string hash_of(std::string_view id) {
  const auto hash = base::sha256(id);
  return {hash.begin(), hash.end()};
}

}  // namespace

Task<Share> Shares::make(MeetingId meeting, std::chrono::seconds lives) {
  const auto now = clock_.unix_ms();
  Share share{.id = base::random_alphanumeric(kIdLetters),
              .expires_ms = now + std::chrono::milliseconds(lives).count()};
  const auto hash = hash_of(share.id);
  auto write = [&](Tx& tx) -> Result<Unit> {
    const auto kept = records::find_meeting(tx, meeting);
    if (!kept || kept->meeting.transcript_erased_ms) return Error(Errc::conflict, "Its transcript was deleted.");
    tx.run("DELETE FROM mtg_share WHERE meeting_id = ?1 AND expires_ms <= ?2", meeting, now);
    if (store::number(tx.query("SELECT COUNT(*) FROM mtg_share WHERE meeting_id = ?1", meeting)) >= kMostOfMeeting) {
      return Error(Errc::limit_exceeded, "There are too many links to this transcript; take them back first.");
    }
    tx.run("INSERT INTO mtg_share (hash, meeting_id, created_ms, expires_ms) VALUES (?1, ?2, ?3, ?4)",
           Value::blob(hash), meeting, now, share.expires_ms);
    return Unit{};
  };
  CO_TRY(co_await db_.write(write));
  co_return share;
}

Task<std::int64_t> Shares::take_back(MeetingId meeting) {
  const auto now = clock_.unix_ms();
  auto write = [&](Tx& tx) -> Result<std::int64_t> {
    tx.run("DELETE FROM mtg_share WHERE meeting_id = ?1 AND expires_ms <= ?2", meeting, now);
    return tx.run("DELETE FROM mtg_share WHERE meeting_id = ?1", meeting);
  };
  co_return co_await db_.write(write);
}

Task<Meeting> Shares::find(std::string id) {
  const auto missing = [] { return Error(Errc::not_found, "Share link expired or not found"); };
  if (id.size() != kIdLetters) co_return missing();
  const auto hash = hash_of(id);
  // A clock that went back makes none live longer than any may.
  const auto now = clock_.unix_ms();
  const auto most = now + std::chrono::milliseconds(kLongest).count();
  auto look = [&](Connection& c) -> Result<Meeting> {
    const auto meeting = store::value<MeetingId>(
        c.query("SELECT meeting_id FROM mtg_share WHERE hash = ?1 AND expires_ms > ?2 AND expires_ms <= ?3",
                Value::blob(hash), now, most));
    if (!meeting) return missing();
    auto kept = records::find_meeting(c, *meeting);
    if (!kept || kept->meeting.transcript_erased_ms) return missing();
    return std::move(kept->meeting);
  };
  co_return co_await db_.read(look);
}

}  // namespace troupe::meetings::vexa
