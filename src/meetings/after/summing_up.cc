// The summary as a task after the end.
#include "meetings/after/aftercare.h"
#include "meetings/hooks/outbox.h"
#include "meetings/summary/answer.h"
#include "meetings/summary/summary_store.h"
#include "meetings/transcripts/vault_of.h"

namespace troupe::meetings::after {

Task<AfterRow> Aftercare::sum_up(Meeting meeting, AfterRow row) {
  auto look = [&](store::Connection& c) -> Result<SummaryState> { return summary::state_of(c, meeting.id); };
  CO_TRY(const auto state, co_await uses_.db.read(look));
  std::optional<Summary> made;
  if (state == SummaryState::pending) {
    if (uses_.summarizer == nullptr || !uses_.summarizer->serves(meeting.tenant_id)) {
      co_return Error(Errc::forbidden, "There is no model that sums up meetings.");
    }
    CO_TRY(made, co_await uses_.summarizer->make(meeting, [this] { return may_go_on(); }));
  }
  if (!passes(AfterStep::worked)) co_return Error(Errc::unavailable, "The program ends.");
  row = done(std::move(row));
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (!records::update_after(tx, row)) return Unit{};
    if (!made) {
      if (state == SummaryState::pending) summary::drop_summary(tx, meeting.id);
      return Unit{};
    }
    TRY(const bool is_kept, summary::put_done(tx, meeting.id, *made));
    const auto kept = records::find_meeting(tx, meeting.id);
    TRY(const auto vault, transcripts::vault_of(tx, meeting.id));
    if (!is_kept || !kept || !vault) return Unit{};
    hooks::tell_summary(tx, {.meeting = kept->meeting, .summary = summary::to_json(*made)}, *vault, made->made_ms);
    return Unit{};
  };
  CO_TRY(co_await uses_.db.write(write, {.savepoint = true}));
  co_return row;
}

}  // namespace troupe::meetings::after
