#include "meetings/summary/summary_store.h"

#include "meetings/summary/answer.h"
#include "meetings/transcripts/transcript_store.h"
#include "meetings/transcripts/vault_of.h"
#include "store/words.h"

namespace troupe::meetings::summary {
namespace {

using namespace store::words;
using transcripts::vault_of;

void drop_parts(Tx& tx, MeetingId meeting) { tx.run("DELETE FROM mtg_summary_part WHERE meeting_id = ?1", meeting); }

}  // namespace

SummaryState state_of(Connection& c, MeetingId meeting) {
  auto rows = c.query("SELECT state FROM mtg_summary WHERE meeting_id = ?1", meeting);
  if (!rows.next()) return SummaryState::none;
  return parse_summary_state(rows.take<std::string_view>()).value_or(SummaryState::failed);
}

Result<Kept> find_summary(Connection& c, MeetingId meeting) {
  Kept kept{.state = state_of(c, meeting)};
  auto rows = c.query("SELECT problem, sealed FROM mtg_summary WHERE meeting_id = ?1", meeting);
  if (!rows.next()) return kept;
  std::string sealed;
  rows >> kept.problem >> store::blob(sealed);
  if (kept.state != SummaryState::done) return kept;
  TRY(const auto vault, vault_of(c, meeting));
  if (!vault) return Kept{};
  TRY(const auto text, vault->open(sealed));
  TRY(kept.summary, from_text(text));
  return kept;
}

void put_pending(Tx& tx, MeetingId meeting) {
  tx.run(
      "INSERT INTO mtg_summary (meeting_id, state, problem, made_ms, sealed) VALUES (?1, 'pending', '', NULL, NULL) ON "
      "CONFLICT (meeting_id) DO UPDATE SET state = 'pending', problem = '', made_ms = NULL, sealed = NULL",
      meeting);
}

Result<bool> put_done(Tx& tx, MeetingId meeting, const Summary& summary) {
  if (state_of(tx, meeting) != SummaryState::pending) return false;
  TRY(const auto vault, vault_of(tx, meeting));
  if (!vault) return false;
  tx.run("UPDATE mtg_summary SET state = 'done', made_ms = ?2, sealed = ?3 WHERE meeting_id = ?1", meeting,
         summary.made_ms, Value::blob(vault->seal(to_text(summary))));
  drop_parts(tx, meeting);
  return true;
}

void put_failed(Tx& tx, MeetingId meeting, std::string_view problem) {
  tx.run("UPDATE mtg_summary SET state = 'failed', problem = ?2 WHERE meeting_id = ?1 AND state = 'pending'", meeting,
         problem);
}

void drop_summary(Tx& tx, MeetingId meeting) {
  tx.run("DELETE FROM mtg_summary WHERE meeting_id = ?1", meeting);
  drop_parts(tx, meeting);
}

bool has_transcript(Connection& c, MeetingId meeting) {
  const auto volume = transcripts::transcript_store::find_volume(c, meeting);
  return volume && !volume->vault.empty();
}

Result<std::optional<std::string>> find_part(Connection& c, MeetingId meeting, std::string_view asked) {
  TRY(const auto vault, vault_of(c, meeting));
  if (!vault) return std::optional<std::string>();
  auto rows = c.query("SELECT sealed FROM mtg_summary_part WHERE meeting_id = ?1 AND content = ?2", meeting,
                      vault->number(asked));
  if (!rows.next()) return std::optional<std::string>();
  std::string sealed;
  rows >> store::blob(sealed);
  TRY(auto text, vault->open(sealed));
  return std::optional(std::move(text));
}

Result<Unit> put_part(Tx& tx, MeetingId meeting, std::string_view asked, std::string_view came) {
  TRY(const auto vault, vault_of(tx, meeting));
  if (!vault) return Unit{};
  const auto sealed = vault->seal(came);
  tx.run("INSERT INTO mtg_summary_part (meeting_id, content, sealed) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
         meeting, vault->number(asked), Value::blob(sealed));
  return Unit{};
}

}  // namespace troupe::meetings::summary
