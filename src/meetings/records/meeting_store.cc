#include "meetings/records/meeting_store.h"

#include "store/columns.h"
#include "store/words.h"

namespace troupe::meetings::records {
namespace {

using namespace store::words;

constexpr auto kMeeting = store::columns(
    column("id", &Meeting::id), column("tenant_id", &Meeting::tenant_id), column("owner_id", &Meeting::owner_id),
    column("owner", &Meeting::owner),
    column<store::Word<parse_platform, Platform::google_meet>>("platform", &Meeting::platform),
    column("native_id", &Meeting::native_id), column("link", &Meeting::link),
    column<store::BytesOrNull>("sealed_url", &Meeting::sealed_url), column("bot_name", &Meeting::bot_name),
    column("language", &Meeting::language),
    column<store::Word<parse_task, SpeechTask::transcribe>>("task", &Meeting::task), column("driver", &Meeting::driver),
    column("wanted_language", &Meeting::wanted_language), column("wanted_task", &Meeting::wanted_task),
    column<store::Word<parse_state, State::error>>("state", &Meeting::life, &Life::state),
    column<store::Word<parse_phase, Phase::none>>("phase", &Meeting::life, &Life::phase),
    column("attempts", &Meeting::life, &Life::attempts),
    column("stop_requested", &Meeting::life, &Life::stop_requested), column("again", &Meeting::life, &Life::again),
    column<store::Word<parse_reason, Reason::other>>("reason", &Meeting::life, &Life::reason),
    column("reason_raw", &Meeting::life, &Life::reason_raw), column("ends_well", &Meeting::life, &Life::ends_well),
    column<store::Word<parse_evidence, Evidence::none>>("evidence", &Meeting::life, &Life::evidence),
    column("waiting_ms", &Meeting::waiting_ms), column("transitions", &Meeting::transitions),
    column("created_ms", &Meeting::created_ms), column("active_ms", &Meeting::active_ms),
    column("ended_ms", &Meeting::ended_ms), column("lobby_ms", &Meeting::leave, &AutomaticLeave::lobby_ms),
    column("nobody_came_ms", &Meeting::leave, &AutomaticLeave::nobody_came_ms),
    column("left_alone_ms", &Meeting::leave, &AutomaticLeave::left_alone_ms),
    column("most_ms", &Meeting::leave, &AutomaticLeave::most_ms), column("retention_days", &Meeting::retention_days),
    column("recording", &Meeting::recording), column("recording_retention_days", &Meeting::recording_retention_days),
    computed("(SELECT t.erased_ms FROM mtg_transcript t WHERE t.meeting_id = mtg_meeting.id)",
             &Meeting::transcript_erased_ms),
    computed<store::Word<parse_summary_state, SummaryState::none>>(
        "(SELECT s.state FROM mtg_summary s WHERE s.meeting_id = mtg_meeting.id)", &Meeting::summary));
constexpr auto kInsertMeeting = store::insert("mtg_meeting", kMeeting);
constexpr auto kById = sql("SELECT ", kMeeting, " FROM mtg_meeting WHERE id = ?1");
constexpr auto kOfWhom = sql(" FROM mtg_meeting WHERE tenant_id = ?1 AND (?2 = 0 OR owner_id = ?2)");
constexpr auto kSeenById = sql("SELECT ", kMeeting, kOfWhom, " AND id = ?3");
constexpr auto kListed = sql(kOfWhom,
                             " AND (?3 = '' OR state = ?3) AND (?4 = '' OR platform = ?4) "
                             "AND (?5 = 0 OR platform IN ('google_meet', 'teams', 'zoom'))");
constexpr auto kPage = sql("SELECT ", kMeeting, kListed, " ORDER BY id DESC LIMIT ?7 OFFSET ?6");
constexpr auto kCount = sql("SELECT COUNT(*)", kListed);
constexpr auto kTaken = sql("state IN ('requested', 'starting', 'active', 'reconfiguring')");
constexpr auto kInCall = sql("SELECT ", kMeeting,
                             " FROM mtg_meeting WHERE tenant_id = ?1 AND owner_id = ?2 AND platform = ?3 AND "
                             "native_id = ?4 AND ",
                             kTaken);
constexpr auto kCountTaken =
    sql("SELECT COUNT(*) FROM mtg_meeting WHERE tenant_id = ?1 AND owner_id = ?2 AND ", kTaken);
constexpr auto kWithContainers =
    sql("SELECT ", kMeeting, kOfWhom,
        " AND (state = 'requested' OR id IN (SELECT meeting_id FROM mtg_attempt WHERE state <> 'gone')) "
        "ORDER BY id DESC LIMIT ?3");
constexpr auto kCalledPage =
    sql("SELECT ", kMeeting, kOfWhom, " AND platform = ?3 AND native_id = ?4 ORDER BY id DESC LIMIT ?5");
constexpr const char* kCountContainers =
    "SELECT (SELECT COUNT(*) FROM mtg_attempt a JOIN mtg_meeting m ON m.id = a.meeting_id WHERE a.state <> 'gone' AND "
    "m.tenant_id = ?1 AND m.owner_id = ?2) + (SELECT COUNT(*) FROM mtg_meeting WHERE tenant_id = ?1 AND owner_id = ?2 "
    "AND state = 'requested')";
constexpr const char* kInCare =
    "SELECT id FROM mtg_meeting WHERE ended_ms IS NULL UNION SELECT meeting_id FROM mtg_attempt WHERE state <> 'gone'";

constexpr auto kAttempt = store::columns(
    column("meeting_id", &Attempt::meeting), column("number", &Attempt::number), column("task_id", &Attempt::task_id),
    column<store::Word<parse_container, Container::leaving>>("state", &Attempt::state),
    column("connection_id", &Attempt::connection_id), column<store::BytesOrNull>("token_hash", &Attempt::token_hash),
    column("handle", &Attempt::handle), column("container", &Attempt::container),
    column("exit_text", &Attempt::exit_text), column("output", &Attempt::output),
    column("started_by", &Attempt::started_by), column("wanted_ms", &Attempt::wanted_ms),
    column("started_ms", &Attempt::started_ms), column("leaving_ms", &Attempt::leaving_ms),
    column("gone_ms", &Attempt::gone_ms));
constexpr auto kInsertAttempt = store::insert("mtg_attempt", kAttempt);
constexpr auto kAttemptAt = sql("SELECT ", kAttempt, " FROM mtg_attempt WHERE meeting_id = ?1 AND number = ?2");
constexpr auto kAttempts = sql("SELECT ", kAttempt, " FROM mtg_attempt WHERE meeting_id = ?1 ORDER BY number");
constexpr auto kByToken = sql("SELECT ", kAttempt, " FROM mtg_attempt WHERE token_hash = ?1");

constexpr auto kInRange =
    sql("(SELECT id FROM mtg_meeting WHERE tenant_id = ?1 AND (?2 = 0 OR owner_id = ?2) AND "
        "id BETWEEN ?3 AND ?4)");
constexpr auto kPresentAttempts =
    sql("SELECT ", kAttempt, " FROM mtg_attempt WHERE meeting_id IN ", kInRange,
        " AND number = (SELECT attempts FROM mtg_meeting WHERE id = mtg_attempt.meeting_id)");
constexpr const char* kOpenTasks =
    "SELECT a.task_id FROM mtg_attempt a JOIN mtg_meeting m ON m.id = a.meeting_id WHERE a.state <> 'gone' AND "
    "m.driver = ?1";

constexpr auto kTransition =
    store::columns(column("meeting_id", &Transition::meeting), column("number", &Transition::number),
                   column("from_state", &Transition::from), column("to_state", &Transition::to),
                   column("trigger_word", &Transition::trigger), column("cause", &Transition::cause),
                   column("reason", &Transition::reason), column("reason_raw", &Transition::reason_raw),
                   column("attempt", &Transition::attempt), column("actor_id", &Transition::actor_id),
                   column("actor", &Transition::actor), column("at_ms", &Transition::at_ms));
constexpr auto kInsertTransition = store::insert("mtg_transition", kTransition);
constexpr auto kTransitions = sql("SELECT ", kTransition, " FROM mtg_transition WHERE meeting_id = ?1 ORDER BY number");

constexpr auto kTransitionsIn =
    sql("SELECT ", kTransition, " FROM mtg_transition WHERE meeting_id IN ", kInRange, " ORDER BY meeting_id, number");

constexpr auto kSession =
    store::columns(column("connection_id", &Session::connection_id), column("meeting_id", &Session::meeting),
                   column("attempt", &Session::attempt), column("created_ms", &Session::created_ms));
constexpr auto kInsertSession = store::insert("mtg_session", kSession);
constexpr auto kSessionOf = sql("SELECT ", kSession, " FROM mtg_session WHERE meeting_id = ?1 AND attempt = ?2");
constexpr auto kSessionById = sql("SELECT ", kSession, " FROM mtg_session WHERE connection_id = ?1");

constexpr const char* kOldTranscripts =
    "SELECT m.id FROM mtg_meeting m JOIN mtg_transcript t ON t.meeting_id = m.id LEFT JOIN mtg_retention k ON "
    "k.tenant_id = m.tenant_id WHERE t.erased_ms IS NULL AND (m.ended_ms <= ?1 OR (m.retention_days > 0 AND m.ended_ms "
    "<= ?2 - m.retention_days * ?3) OR (k.transcript_days > 0 AND m.ended_ms <= ?2 - k.transcript_days * ?3)) "
    "ORDER BY m.id LIMIT ?4";
constexpr const char* kOldMeetings =
    "SELECT m.id FROM mtg_meeting m WHERE m.ended_ms <= ?1 AND NOT EXISTS (SELECT 1 FROM mtg_attempt a WHERE "
    "a.meeting_id = m.id AND a.state <> 'gone') AND NOT EXISTS (SELECT 1 FROM mtg_transcript t WHERE "
    "t.meeting_id = m.id AND (t.erased_ms IS NULL OR t.leftovers = 1)) AND NOT EXISTS (SELECT 1 FROM mtg_recording r "
    "WHERE r.meeting_id = m.id) ORDER BY m.id LIMIT ?2";

// Along mtg_meeting_owner: it ends at its limit, and nothing is sorted.
constexpr const char* kOwnersOfWords =
    "SELECT DISTINCT m.tenant_id, m.owner_id FROM mtg_meeting m WHERE (m.tenant_id, m.owner_id) > (?1, ?2) AND EXISTS "
    "(SELECT 1 FROM mtg_transcript t WHERE t.meeting_id = m.id AND t.erased_ms IS NULL) ORDER BY m.tenant_id, "
    "m.owner_id LIMIT ?3";
constexpr const char* kWithWords =
    "SELECT m.id FROM mtg_meeting m JOIN mtg_transcript t ON t.meeting_id = m.id WHERE t.erased_ms IS NULL AND "
    "m.tenant_id = ?1 AND (?2 = 0 OR m.owner_id = ?2) AND m.id > ?3 ORDER BY m.id LIMIT ?4";

std::optional<Kept> with_attempt(Connection& c, std::optional<Meeting> meeting) {
  if (!meeting) return std::nullopt;
  Kept kept{.meeting = *std::move(meeting)};
  kept.attempt = store::one(c.query(kAttemptAt, kept.meeting.id, kept.meeting.life.attempts), kAttempt);
  kept.meeting.life.container = kept.attempt ? kept.attempt->state : Container::none;
  return kept;
}

}  // namespace

void insert_meeting(Tx& tx, const Meeting& meeting) { store::run_insert(tx, kInsertMeeting, kMeeting, meeting); }

void update_meeting(Tx& tx, const Meeting& meeting) {
  const auto& life = meeting.life;
  tx.run(
      "UPDATE mtg_meeting SET sealed_url = ?2, state = ?3, phase = ?4, attempts = ?5, stop_requested = ?6, again = ?7, "
      "reason = ?8, reason_raw = ?9, ends_well = ?10, evidence = ?11, waiting_ms = ?12, transitions = ?13, "
      "active_ms = ?14, ended_ms = ?15, language = ?16, task = ?17, wanted_language = ?18, wanted_task = ?19 "
      "WHERE id = ?1",
      meeting.id, store::blob_or_null(meeting.sealed_url), to_string(life.state), to_string(life.phase), life.attempts,
      life.stop_requested, life.again, to_string(life.reason), life.reason_raw, life.ends_well,
      to_string(life.evidence), meeting.waiting_ms, meeting.transitions, meeting.active_ms, meeting.ended_ms,
      meeting.language, to_string(meeting.task), meeting.wanted_language, meeting.wanted_task);
}

void insert_session(Tx& tx, const Session& session) { store::run_insert(tx, kInsertSession, kSession, session); }

void insert_attempt(Tx& tx, const Attempt& attempt) { store::run_insert(tx, kInsertAttempt, kAttempt, attempt); }

void update_attempt(Tx& tx, const Attempt& attempt) {
  tx.run(
      "UPDATE mtg_attempt SET state = ?3, token_hash = ?4, handle = ?5, container = ?6, exit_text = ?7, output = CASE "
      "WHEN "
      "EXISTS (SELECT 1 FROM mtg_transcript WHERE meeting_id = ?1 AND erased_ms IS NOT NULL) THEN '' ELSE ?8 END, "
      "started_ms = ?9, leaving_ms = ?10, gone_ms = ?11, started_by = ?12 WHERE meeting_id = ?1 AND number = ?2",
      attempt.meeting, attempt.number, to_string(attempt.state), store::blob_or_null(attempt.token_hash),
      attempt.handle, attempt.container, attempt.exit_text, attempt.output, attempt.started_ms, attempt.leaving_ms,
      attempt.gone_ms, attempt.started_by);
}

void insert_transition(Tx& tx, const Transition& transition) {
  store::run_insert(tx, kInsertTransition, kTransition, transition);
}

std::optional<Kept> find_meeting(Connection& c, MeetingId id) {
  return with_attempt(c, store::one(c.query(kById, id), kMeeting));
}

std::optional<Kept> find_meeting(Connection& c, const Whose& whose, MeetingId id) {
  return with_attempt(c, store::one(c.query(kSeenById, whose.tenant_id, whose.owner_id.value_or(0), id), kMeeting));
}

MeetingPage list_meetings(Connection& c, const Whose& whose, const Wanted& wanted) {
  const auto owner = whose.owner_id.value_or(0);
  return {.items = store::all(c.query(kPage, whose.tenant_id, owner, wanted.state, wanted.platform,
                                      wanted.only_of_old_clients, wanted.from, wanted.limit),
                              kMeeting),
          .total = store::number(
              c.query(kCount, whose.tenant_id, owner, wanted.state, wanted.platform, wanted.only_of_old_clients))};
}

std::optional<Meeting> find_in_call(Connection& c, const Meeting& wanted) {
  return store::one(c.query(kInCall, wanted.tenant_id, wanted.owner_id, to_string(wanted.platform), wanted.native_id),
                    kMeeting);
}

std::vector<Meeting> meetings_in_call(Connection& c, const Whose& whose, Platform platform, std::string_view native_id,
                                      std::int64_t limit) {
  return store::all(
      c.query(kCalledPage, whose.tenant_id, whose.owner_id.value_or(0), to_string(platform), native_id, limit),
      kMeeting);
}

std::optional<std::int64_t> most_at_once(Connection& c, std::int64_t tenant_id, std::int64_t owner_id) {
  const auto found = store::values<std::int64_t>(
      c.query("SELECT most_at_once FROM mtg_limit WHERE tenant_id = ?1 AND owner_id = ?2", tenant_id, owner_id));
  return found.empty() ? std::nullopt : std::optional(found.front());
}

void set_most_at_once(Tx& tx, std::int64_t tenant_id, std::int64_t owner_id, std::optional<std::int64_t> most) {
  tx.run("DELETE FROM mtg_limit WHERE tenant_id = ?1 AND owner_id = ?2", tenant_id, owner_id);
  if (most)
    tx.run("INSERT INTO mtg_limit (tenant_id, owner_id, most_at_once) VALUES (?1, ?2, ?3)", tenant_id, owner_id, *most);
}

std::int64_t count_taken(Connection& c, std::int64_t tenant_id, std::int64_t owner_id) {
  return store::number(c.query(kCountTaken, tenant_id, owner_id));
}

std::int64_t count_containers(Connection& c, std::int64_t tenant_id, std::int64_t owner_id) {
  return store::number(c.query(kCountContainers, tenant_id, owner_id));
}

std::vector<MeetingId> in_care(Connection& c) { return store::values<MeetingId>(c.query(kInCare)); }

std::vector<std::string> drivers_of(Connection& c) {
  return store::values<std::string>(c.query("SELECT DISTINCT driver FROM mtg_meeting"));
}

std::vector<std::string> open_tasks(Connection& c, std::string_view driver) {
  return store::values<std::string>(c.query(kOpenTasks, driver));
}

void release_attempt(Tx& tx, const Attempt& attempt) {
  tx.run("UPDATE mtg_attempt SET started_by = '' WHERE meeting_id = ?1 AND number = ?2 AND started_by = ?3",
         attempt.meeting, attempt.number, attempt.started_by);
}

std::vector<MeetingId> old_transcripts(Connection& c, const Ages& ages, std::int64_t limit) {
  const auto edge = ages.days > 0 ? ages.now - ages.days * kDayMs : 0;
  return store::values<MeetingId>(c.query(kOldTranscripts, edge, ages.now, kDayMs, limit));
}

std::vector<MeetingId> old_meetings(Connection& c, base::UnixMs before, std::int64_t limit) {
  return store::values<MeetingId>(c.query(kOldMeetings, before, limit));
}

std::vector<MeetingOwner> owners_of_words(Connection& c, const MeetingOwner& after, std::int64_t limit) {
  std::vector<MeetingOwner> found;
  for (auto rows = c.query(kOwnersOfWords, after.tenant_id, after.owner_id, limit); rows.next();) {
    auto& owner = found.emplace_back();
    rows >> owner.tenant_id >> owner.owner_id;
  }
  return found;
}

std::vector<MeetingId> meetings_with_words(Connection& c, const Whose& whose, MeetingId after, std::int64_t limit) {
  return store::values<MeetingId>(c.query(kWithWords, whose.tenant_id, whose.owner_id.value_or(0), after, limit));
}

void delete_meeting(Tx& tx, MeetingId id) {
  for (const auto* text :
       {"DELETE FROM mtg_transition WHERE meeting_id = ?1", "DELETE FROM mtg_attempt WHERE meeting_id = ?1",
        "DELETE FROM mtg_session WHERE meeting_id = ?1", "DELETE FROM mtg_transcript WHERE meeting_id = ?1",
        "DELETE FROM mtg_vexa_note WHERE meeting_id = ?1", "DELETE FROM mtg_after WHERE meeting_id = ?1",
        "DELETE FROM mtg_thread_piece WHERE meeting_id = ?1", "DELETE FROM mtg_digest WHERE meeting_id = ?1",
        "DELETE FROM mtg_share WHERE meeting_id = ?1", "DELETE FROM mtg_summary WHERE meeting_id = ?1",
        "DELETE FROM mtg_meeting_consent WHERE meeting_id = ?1", "DELETE FROM mtg_summary_part WHERE meeting_id = ?1",
        "DELETE FROM mtg_delivery WHERE meeting_id = ?1",
        // One whose device is there still goes with it (calls::Desk::sweep).
        "DELETE FROM mtg_call WHERE meeting_id = ?1 AND device_id = ''", "DELETE FROM mtg_meeting WHERE id = ?1"}) {
    tx.run(text, id);
  }
}

std::optional<Attempt> find_attempt_by_token(Connection& c, std::string_view token_hash) {
  return store::one(c.query(kByToken, Value::blob(token_hash)), kAttempt);
}

std::vector<Attempt> attempts_of(Connection& c, MeetingId id) { return store::all(c.query(kAttempts, id), kAttempt); }

std::vector<Transition> transitions_of(Connection& c, MeetingId id) {
  return store::all(c.query(kTransitions, id), kTransition);
}

std::vector<Kept> with_containers(Connection& c, const Whose& whose, std::int64_t limit) {
  std::vector<Kept> found;
  for (auto& meeting :
       store::all(c.query(kWithContainers, whose.tenant_id, whose.owner_id.value_or(0), limit), kMeeting)) {
    found.push_back(*with_attempt(c, std::move(meeting)));
  }
  return found;
}

std::vector<Attempt> present_attempts(Connection& c, const Whose& whose, IdRange range) {
  return store::all(c.query(kPresentAttempts, whose.tenant_id, whose.owner_id.value_or(0), range.first, range.last),
                    kAttempt);
}

std::vector<Transition> transitions_of(Connection& c, const Whose& whose, IdRange range) {
  return store::all(c.query(kTransitionsIn, whose.tenant_id, whose.owner_id.value_or(0), range.first, range.last),
                    kTransition);
}

std::optional<Session> find_session(Connection& c, std::string_view connection_id) {
  return store::one(c.query(kSessionById, connection_id), kSession);
}

std::optional<Session> find_session(Connection& c, MeetingId id, std::int64_t attempt) {
  return store::one(c.query(kSessionOf, id, attempt), kSession);
}

}  // namespace troupe::meetings::records
