// Meetings: what is made of their words.
#include <algorithm>

#include "meetings/life/service.h"
#include "meetings/summary/summary_store.h"

namespace troupe::meetings::life {
namespace {

/// Before one that failed is asked for again.
constexpr std::chrono::milliseconds kPauseOfSummaries{60'000};

}  // namespace

Task<Summary> Meetings::summary(records::Whose whose, MeetingId id) {
  auto look = [&](store::Connection& c) -> Result<summary::Kept> {
    if (!records::find_meeting(c, whose, id)) return Error(Errc::not_found, "There is no such meeting.");
    return summary::find_summary(c, id);
  };
  CO_TRY(auto kept, co_await keeper_.db().read(look));
  if (kept.summary) co_return *std::move(kept.summary);
  std::string why = "There is no summary of this meeting.";
  if (kept.state == SummaryState::pending) why = "The summary is not there yet.";
  if (kept.state == SummaryState::failed) why = "There is no summary: " + kept.problem;
  co_return Error(Errc::not_found, std::move(why)).with_member("state", boost::json::string(to_string(kept.state)));
}

Task<bool> Meetings::is_over(MeetingId id) {
  auto look = [&](store::Connection& c) -> Result<bool> {
    const auto kept = records::find_meeting(c, id);
    if (!kept) return true;
    if (!kept->meeting.ended_ms) return false;
    const auto rows = records::after_of(c, id);
    return std::ranges::none_of(rows, [](const AfterRow& row) { return row.state == AfterState::waiting; });
  };
  co_return co_await keeper_.db().read(look);
}

Task<Meeting> Meetings::sum_up(records::Whose whose, MeetingId id) {
  const auto now = keeper_.clock().unix_ms();
  auto write = [&](store::Tx& tx) -> Result<Meeting> {
    auto kept = records::find_meeting(tx, whose, id);
    if (!kept) return Error(Errc::not_found, "There is no such meeting.");
    auto& meeting = kept->meeting;
    if (!options_.sums_up || !options_.sums_up(meeting.tenant_id)) {
      return Error(Errc::conflict, "This server has no model that sums up meetings.");
    }
    if (!meeting.ended_ms) return Error(Errc::conflict, "The meeting has not ended.");
    if (meeting.transcript_erased_ms) return Error(Errc::conflict, "Its transcript was deleted.");
    if (meeting.summary == SummaryState::done) return Error(Errc::conflict, "Its summary is there.");
    if (meeting.summary == SummaryState::pending) return std::move(meeting);
    // Each time costs money.
    for (const auto& row : records::after_of(tx, id)) {
      if (row.task != AfterTask::summary || row.state != AfterState::failed || !row.done_ms) continue;
      const auto left = std::chrono::milliseconds(*row.done_ms - now) + kPauseOfSummaries;
      if (left <= left.zero() || left > kPauseOfSummaries) continue;
      return Error(Errc::limit_exceeded, "It failed just now: wait a moment.").with_retry_after(left);
    }
    summary::put_pending(tx, id);
    records::open_after_again(tx, id, AfterTask::summary, now);
    meeting.summary = SummaryState::pending;
    return std::move(meeting);
  };
  CO_TRY(auto meeting, co_await keeper_.db().write(write));
  keeper_.wake(id);
  co_return meeting;
}

}  // namespace troupe::meetings::life
