#include "meetings/records/after_store.h"

#include "store/columns.h"
#include "store/words.h"

namespace troupe::meetings::records {
namespace {

using namespace store::words;

/// No try is that far ahead: the clock was, when it was written down.
constexpr base::UnixMs kFarthestAfter = 2LL * 3'600'000;

constexpr auto kAfter =
    store::columns(column("meeting_id", &AfterRow::meeting), column("number", &AfterRow::number),
                   column<store::Word<parse_after_task, AfterTask::transcript>>("task", &AfterRow::task),
                   column<store::Word<parse_after_state, AfterState::failed>>("state", &AfterRow::state),
                   column("tries", &AfterRow::tries), column("due_ms", &AfterRow::due_ms),
                   column("done_ms", &AfterRow::done_ms), column("problem", &AfterRow::problem));
constexpr auto kInsertAfter = store::insert("mtg_after", kAfter);
constexpr auto kInsertAfterOnce = sql(kInsertAfter, " ON CONFLICT DO NOTHING");
constexpr auto kAfterOf = sql("SELECT ", kAfter, " FROM mtg_after WHERE meeting_id = ?1 ORDER BY number");
/// A task that waits keeps back those behind it: only the first counts.
constexpr const char* kDueAfter =
    "SELECT meeting_id FROM mtg_after a WHERE state = 'waiting' AND (due_ms <= ?1 OR due_ms > ?2) AND "
    "CASE WHEN task = 'summary' THEN 'summary' ELSE 'quick' END = ?4 AND NOT EXISTS "
    "(SELECT 1 FROM mtg_after b WHERE b.meeting_id = a.meeting_id AND b.number < a.number AND b.state = 'waiting') "
    "ORDER BY due_ms LIMIT ?3";

constexpr const char* kWantsSummary = "SELECT 1 FROM mtg_summary WHERE meeting_id = ?1";

}  // namespace

void open_after(Tx& tx, MeetingId meeting, base::UnixMs now) {
  std::int64_t number = 0;
  for (const auto task : kAfterTasks) {
    if (task == AfterTask::summary && !store::any(tx.query(kWantsSummary, meeting))) continue;
    store::run_insert(tx, kInsertAfterOnce, kAfter,
                      {.meeting = meeting, .number = ++number, .task = task, .due_ms = now});
  }
}

std::vector<AfterRow> after_of(Connection& c, MeetingId meeting) {
  return store::all(c.query(kAfterOf, meeting), kAfter);
}

std::vector<MeetingId> due_after(Connection& c, AfterKind kind, base::UnixMs now, std::int64_t most) {
  return store::values<MeetingId>(
      c.query(kDueAfter, now, now + kFarthestAfter, most, kind == AfterKind::summary ? "summary" : "quick"));
}

void open_after_again(Tx& tx, MeetingId meeting, AfterTask task, base::UnixMs now) {
  const auto again = tx.run(
      "UPDATE mtg_after SET state = 'waiting', tries = 0, due_ms = ?3, done_ms = NULL, problem = '' WHERE meeting_id = "
      "?1 AND task = ?2",
      meeting, to_string(task), now);
  if (again > 0) return;
  const auto last = store::value<std::int64_t>(
      tx.query("SELECT COALESCE(MAX(number), 0) FROM mtg_after WHERE meeting_id = ?1", meeting));
  store::run_insert(tx, kInsertAfterOnce, kAfter,
                    {.meeting = meeting, .number = last.value_or(0) + 1, .task = task, .due_ms = now});
}

bool update_after(Tx& tx, const AfterRow& row) {
  return tx.run(
             "UPDATE mtg_after SET state = ?3, tries = ?4, due_ms = ?5, done_ms = ?6, problem = ?7 WHERE meeting_id = "
             "?1 AND number = ?2 AND state = 'waiting'",
             row.meeting, row.number, to_string(row.state), row.tries, row.due_ms, row.done_ms, row.problem) > 0;
}

}  // namespace troupe::meetings::records
