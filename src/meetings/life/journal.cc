#include "meetings/life/journal.h"

#include <charconv>

#include "base/crypto.h"
#include "meetings/hooks/outbox.h"
#include "meetings/records/after_store.h"

namespace troupe::meetings::life {
namespace {

constexpr std::string_view kTaskPrefix = "meeting-";

std::string make_uuid() {
  constexpr std::size_t kBytes = 16;
  auto bytes = base::random_bytes(kBytes);
  // RFC 9562: version 4, variant 10.
  bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0F) | 0x40);
  bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3F) | 0x80);
  auto text = base::hex(base::as_bytes(bytes));
  for (const std::size_t at : {20, 16, 12, 8}) text.insert(at, "-");
  return text;
}

void note(Attempt& attempt, const Notes& notes) {
  if (notes.token_hash) attempt.token_hash = *notes.token_hash;
  if (notes.started_by) attempt.started_by = *notes.started_by;
  if (notes.handle) attempt.handle = *notes.handle;
  if (notes.container) attempt.container = *notes.container;
  if (notes.exit_text) attempt.exit_text = *notes.exit_text;
  if (notes.output) attempt.output = *notes.output;
}

/// The present attempt as it is from now on.
void follow(Attempt& attempt, Container state, const Given& given) {
  if (attempt.state == state) return;
  attempt.state = state;
  if (state == Container::running) attempt.started_ms = given.now;
  if (state == Container::leaving) attempt.leaving_ms = given.now;
  if (state == Container::gone) attempt.gone_ms = given.now;
}

Attempt next_attempt(const Meeting& meeting, std::string connection_id, base::UnixMs wanted) {
  return {.meeting = meeting.id,
          .number = meeting.life.attempts,
          .task_id = task_id_of(meeting.id, meeting.life.attempts),
          .connection_id = std::move(connection_id),
          .wanted_ms = wanted};
}

void write_history(store::Tx& tx, Meeting& meeting, const Arrow& arrow, const Happening& happening, base::UnixMs now) {
  meeting.transitions += 1;
  const auto& life = meeting.life;
  records::insert_transition(tx, {.meeting = meeting.id,
                                  .number = meeting.transitions,
                                  .from = std::string(to_string(arrow.from)),
                                  .to = std::string(to_string(arrow.to)),
                                  .trigger = std::string(to_string(arrow.event)),
                                  .cause = happening.cause,
                                  .reason = std::string(to_string(life.reason)),
                                  .reason_raw = life.reason_raw,
                                  .attempt = life.attempts,
                                  .actor_id = happening.actor.id,
                                  .actor = happening.actor.label,
                                  .at_ms = now});
}

std::string source_of(const Actor& actor) {
  if (actor.id != 0) return "user";
  return actor.label == kBotActor ? "bot_callback" : std::string(kOwnActor);
}

/// The times that follow from where it came.
void keep_times(Meeting& meeting, const Life& before, const std::optional<Arrow>& arrow, base::UnixMs now) {
  const auto& life = meeting.life;
  if (life.phase != before.phase) meeting.waiting_ms = now;
  if (!arrow) return;
  // A request that was not begun in time has waited already.
  if (arrow->event != Trigger::launch) meeting.waiting_ms = now;
  if (arrow->event == Trigger::join) meeting.active_ms = now;
  if (is_terminal(life.state)) {
    meeting.ended_ms = now;
    meeting.sealed_url.clear();
  }
}

/// What it was told of counts once the bot has followed.
void keep_speaking(Meeting& meeting, const std::optional<Arrow>& arrow, const Speaking& wanted) {
  if (!arrow) return;
  if (arrow->event == Trigger::reconfigured) {
    meeting.language = meeting.wanted_language;
    meeting.task = parse_task(meeting.wanted_task).value_or(meeting.task);
  }
  const bool is_told = arrow->event == Trigger::reconfigure;
  meeting.wanted_language = is_told ? wanted.language : std::string();
  meeting.wanted_task = is_told ? to_string(wanted.task) : std::string_view();
}

bool is_of_another_attempt(const Meeting& meeting, const Happening& happening) {
  return happening.attempt != 0 && happening.attempt != meeting.life.attempts;
}

/// A time that was found to be over before this transaction may not be by now: the bot was let in meanwhile.
bool is_early(const Meeting& meeting, const Happening& happening, const Timing& timing, base::UnixMs now) {
  if (happening.input.kind != Input::Kind::expired) return false;
  const auto deadline = deadline_of(meeting, timing);
  return !deadline || now < deadline->at || deadline->ending.reason != happening.input.ending.reason;
}

}  // namespace

Given given(base::UnixMs now) { return {.now = now, .connection_id = make_uuid()}; }

std::string task_id_of(MeetingId meeting, std::int64_t attempt) {
  return std::string(kTaskPrefix) + std::to_string(meeting) + "-" + std::to_string(attempt);
}

MeetingId meeting_of(std::string_view task_id) {
  if (!task_id.starts_with(kTaskPrefix)) return 0;
  task_id.remove_prefix(kTaskPrefix.size());
  MeetingId id = 0;
  const auto read = std::from_chars(task_id.begin(), task_id.end(), id);
  return read.ec == std::errc() && read.ptr != task_id.end() && *read.ptr == '-' ? id : 0;
}

void open_meeting(store::Tx& tx, const Meeting& meeting, const Given& given) {
  records::insert_meeting(tx, meeting);
  records::insert_session(
      tx, {.connection_id = given.connection_id, .meeting = meeting.id, .attempt = 1, .created_ms = given.now});
  records::insert_transition(tx, {.meeting = meeting.id,
                                  .number = meeting.transitions,
                                  .to = std::string(to_string(meeting.life.state)),
                                  .trigger = "request",
                                  .cause = "a bot was asked for",
                                  .actor_id = meeting.owner_id,
                                  .actor = meeting.owner,
                                  .at_ms = given.now});
  hooks::tell_step(tx, {.meeting = meeting, .cause = "a bot was asked for", .source = "user", .at_ms = given.now});
}

Result<Unit> remark(store::Tx& tx, MeetingId id, const std::string& cause, const Given& given) {
  auto kept = records::find_meeting(tx, id);
  if (!kept) return Error(Errc::not_found, "There is no such meeting.");
  auto& meeting = kept->meeting;
  meeting.transitions += 1;
  const std::string state(to_string(meeting.life.state));
  records::insert_transition(tx, {.meeting = id,
                                  .number = meeting.transitions,
                                  .from = state,
                                  .to = state,
                                  .trigger = "note",
                                  .cause = cause,
                                  .attempt = meeting.life.attempts,
                                  .actor = std::string(kOwnActor),
                                  .at_ms = given.now});
  records::update_meeting(tx, meeting);
  return Unit{};
}

Result<Outcome> record(store::Tx& tx, MeetingId id, const Happening& happening, const Timing& timing,
                       const Given& given) {
  auto kept = records::find_meeting(tx, id);
  if (!kept) return Error(Errc::not_found, "There is no such meeting.");
  auto& meeting = kept->meeting;
  Outcome outcome;
  if (is_of_another_attempt(meeting, happening) || is_early(meeting, happening, timing, given.now)) {
    outcome.ignored = true;
    outcome.kept = *std::move(kept);
    return outcome;
  }
  const auto before = meeting.life;
  auto decision = decide(before, happening.input, timing.attempts);
  outcome.ignored = decision.ignored;
  outcome.arrow = decision.arrow;
  meeting.life = std::move(decision.life);
  const auto& life = meeting.life;
  outcome.shows = vexa_status(life.state, life.phase) != vexa_status(before.state, before.phase);
  if (kept->attempt) {
    note(*kept->attempt, happening.notes);
    const bool another = life.attempts != before.attempts;
    follow(*kept->attempt, another ? Container::gone : life.container, given);
    records::update_attempt(tx, *kept->attempt);
    if (another) {
      const auto wanted = given.now + retry_wait(before.attempts, timing).count();
      records::insert_session(
          tx, {.connection_id = given.connection_id, .meeting = id, .attempt = life.attempts, .created_ms = given.now});
      kept->attempt = next_attempt(meeting, given.connection_id, wanted);
      records::insert_attempt(tx, *kept->attempt);
      meeting.waiting_ms = wanted;
    }
  } else if (life.attempts == 1) {
    const auto session = records::find_session(tx, id, 1);
    if (!session) return Error(Errc::internal, "A meeting has no session.");
    kept->attempt = next_attempt(meeting, session->connection_id, given.now);
    records::insert_attempt(tx, *kept->attempt);
  }
  if (!decision.ignored) {
    if (life.attempts == before.attempts || before.attempts == 0)
      keep_times(meeting, before, decision.arrow, given.now);
    // The bot's time begins when it runs: an image that has to be fetched first does not eat it.
    if (happening.input.kind == Input::Kind::started && life.state == State::starting &&
        (life.phase == Phase::none || life.phase == Phase::joining)) {
      meeting.waiting_ms = given.now;
    }
    keep_speaking(meeting, decision.arrow, happening.wanted);
    if (decision.arrow) write_history(tx, meeting, *decision.arrow, happening, given.now);
    records::update_meeting(tx, meeting);
    if (is_terminal(life.state) && !is_terminal(before.state)) records::open_after(tx, id, given.now);
    hooks::tell_step(tx, {.before = before,
                          .meeting = meeting,
                          .container = kept->attempt ? kept->attempt->container : std::string(),
                          .cause = happening.cause,
                          .source = source_of(happening.actor),
                          .at_ms = given.now});
  }
  outcome.kept = *std::move(kept);
  return outcome;
}

}  // namespace troupe::meetings::life
