#include "meetings/transcripts/transcripts.h"

#include <algorithm>
#include <iterator>

#include "base/log.h"
#include "meetings/transcripts/intake.h"
#include "meetings/transcripts/tidy.h"
#include "meetings/transcripts/vault_of.h"

namespace troupe::meetings::transcripts {
namespace {

namespace rows = transcript_store;

/// Pieces that one write makes final.
constexpr std::size_t kFinishedAtOnce = 200;
constexpr std::int64_t kMostChanges = 1'000;

/// Their words; empty where there is no key any more.
Result<std::vector<Segment>> unsealed(store::Connection& c, MeetingId meeting, std::vector<Row> sealed) {
  std::vector<Segment> out;
  TRY(const auto vault, vault_of(c, meeting));
  if (!vault) return out;
  out.reserve(sealed.size());
  for (auto& row : sealed) {
    TRY(unseal(*vault, row));
    out.push_back(std::move(row.segment));
  }
  return out;
}

}  // namespace

template <class F>
Task<Unit> Transcripts::take_in(MeetingId meeting, F take) {
  const auto now = given(uses_.clock.unix_ms());
  auto write = [&](store::Tx& tx) -> Result<bool> {
    TRY(auto intake, Intake::open(tx, meeting, now));
    TRY(take(intake));
    return intake.save();
  };
  CO_TRY(const bool changed, co_await uses_.db.write(write));
  if (changed) uses_.bell.ring(meeting);
  co_return Unit{};
}

Task<Unit> Transcripts::open_session(SpeechSession session) {
  CO_TRY(check_session(session.uid, session.language));
  auto take = [&](Intake& intake) { return intake.begin(session); };
  co_return co_await take_in(session.meeting, take);
}

Task<Unit> Transcripts::hear(MeetingId meeting, std::string session_uid, std::vector<Speech> pieces) {
  CO_TRY(check_session(session_uid, {}));
  CO_TRY(check_pieces(pieces));
  auto take = [&](Intake& intake) { return intake.hear(session_uid, pieces); };
  co_return co_await take_in(meeting, take);
}

Task<Unit> Transcripts::speaker(MeetingId meeting, std::string session_uid, SpeakerEvent event) {
  CO_TRY(check_session(session_uid, {}));
  CO_TRY(check_event(event));
  auto take = [&](Intake& intake) { return intake.hear_speaker(session_uid, event); };
  co_return co_await take_in(meeting, take);
}

Task<Unit> Transcripts::retract(MeetingId meeting, std::vector<std::string> segment_ids) {
  CO_TRY(check_ids(segment_ids));
  auto take = [&](Intake& intake) { return intake.retract(segment_ids); };
  co_return co_await take_in(meeting, take);
}

Task<Unit> Transcripts::close_session(MeetingId meeting, std::string session_uid) {
  CO_TRY(check_session(session_uid, {}));
  for (;;) {
    std::size_t done = 0;
    auto take = [&](Intake& intake) -> Result<Unit> {
      TRY(done, intake.close(session_uid, kFinishedAtOnce));
      return Unit{};
    };
    CO_TRY(co_await take_in(meeting, take));
    if (done < kFinishedAtOnce) co_return Unit{};
  }
}

Task<SegmentPage> Transcripts::read(MeetingId meeting, std::int64_t from, std::int64_t limit) {
  auto look = [&](store::Connection& c) -> Result<std::vector<Segment>> {
    TRY(auto all, unsealed(c, meeting, rows::rows_of(c, meeting)));
    return tidy(std::move(all));
  };
  CO_TRY(auto tidied, co_await uses_.db.read(look));
  SegmentPage page{.total = std::ssize(tidied)};
  const auto first = std::clamp<std::int64_t>(from, 0, page.total);
  const auto last = first + std::clamp<std::int64_t>(limit, 0, page.total - first);
  page.items.assign(std::make_move_iterator(tidied.begin() + first), std::make_move_iterator(tidied.begin() + last));
  co_return page;
}

Task<std::vector<Segment>> Transcripts::changes(MeetingId meeting, StreamPos after, std::int64_t limit) {
  auto look = [&](store::Connection& c) -> Result<std::vector<Segment>> {
    return unsealed(c, meeting,
                    rows::changed_rows(c, meeting, after, std::clamp<std::int64_t>(limit, 0, kMostChanges)));
  };
  co_return co_await uses_.db.read(look);
}

Task<std::vector<SpeechSession>> Transcripts::sessions(MeetingId meeting) {
  auto look = [&](store::Connection& c) -> Result<std::vector<SpeechSession>> { return rows::sessions_of(c, meeting); };
  co_return co_await uses_.db.read(look);
}

Task<Unit> Transcripts::finish_pieces() {
  const auto now = given(uses_.clock.unix_ms());
  const auto patience = std::chrono::milliseconds(kOpenFor).count();
  rows::Due due{.before = now.now - patience,
                .beyond = now.now + patience,
                .over = now.now - std::chrono::milliseconds(kOpenAfterEnd).count()};
  for (;;) {
    auto look = [&](store::Connection& c) -> Result<std::vector<OpenPiece>> {
      return rows::due_pieces(c, due, static_cast<std::int64_t>(kFinishedAtOnce));
    };
    CO_TRY(const auto pieces, co_await uses_.db.read(look));
    for (std::size_t at = 0; at < pieces.size();) {
      const auto meeting = pieces[at].meeting;
      const auto first = at;
      while (at < pieces.size() && pieces[at].meeting == meeting) ++at;
      auto write = [&](store::Tx& tx) -> Result<bool> {
        TRY(auto intake, Intake::reopen(tx, meeting, now));
        if (!intake) return false;
        for (auto i = first; i < at; ++i) {
          auto row = rows::find_row_at(tx, pieces[i].pos);
          // It may have changed since it was looked at: then its time begins anew.
          if (row && row->segment.updated_ms == pieces[i].updated_ms) TRY(intake->finish(*std::move(row)));
        }
        return intake->save();
      };
      const auto changed = co_await uses_.db.write(write);
      if (!changed && changed.error().code() == Errc::unavailable) co_return std::unexpected(changed.error());
      if (!changed) {
        // One that is damaged keeps nobody from the rest.
        base::log_warning("meetings", "Pieces of a transcript could not be made final; that is tried again.",
                          {{"meeting", std::to_string(meeting)}, {"reason", changed.error().message()}});
      } else if (*changed) {
        uses_.bell.ring(meeting);
      }
    }
    if (pieces.size() < kFinishedAtOnce) co_return Unit{};
    due.after_meeting = pieces.back().meeting;
    due.after_pos = pieces.back().pos;
  }
}

}  // namespace troupe::meetings::transcripts
