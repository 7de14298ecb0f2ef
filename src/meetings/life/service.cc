#include "meetings/life/service.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/field_errors.h"
#include "meetings/life/secrets.h"
#include "meetings/summary/summary_store.h"

namespace troupe::meetings::life {
namespace {

constexpr std::size_t kMostOfContainer = 200;
constexpr std::int64_t kMostToldIn = 20;
constexpr std::int64_t kMostConsents = 1'000;
/// Of one person: those in calls, and as many that are leaving.
constexpr std::int64_t kContainersForEach = 2;
constexpr std::chrono::seconds kLookAgain{30};
/// Whoever has no limit of their own still has this one.
constexpr std::int64_t kUnlimited = 1'000;

Error no_such_meeting() { return Error(Errc::not_found, "There is no such meeting."); }

Error no_such_language() {
  return base::field_error("/language",
                           "language is a code of two or three letters that can be transcribed: en, de, yue …");
}

Input input_of(const Callback& callback) {
  switch (callback.kind) {
    case Callback::Kind::progress:
      return {.kind = Input::Kind::progress, .phase = callback.phase};
    case Callback::Kind::joined:
      return {.kind = Input::Kind::joined};
    case Callback::Kind::ended:
      return {.kind = Input::Kind::ended, .ending = callback.ending};
  }
  return {};
}

}  // namespace

Meetings::Meetings(Keeper& keeper, const base::SealingKey& key, const runtime::Drivers& drivers, MeetingOptions options)
    : keeper_(keeper), key_(key), drivers_(drivers), options_(std::move(options)) {}

Task<Meeting> Meetings::create(NewMeeting wanted) {
  auto parsed = links::parse_link(wanted.link, options_.hosts);
  if (!parsed) co_return base::placed_under(std::move(parsed).error(), "/link");
  auto link = *std::move(parsed);
  if (!wanted.language.empty() && !is_language(wanted.language)) {
    co_return no_such_language();
  }
  // Drivers differ in how far they keep a bot from this machine: that is not for members to choose.
  if (!wanted.driver.empty() && wanted.driver != options_.driver && !wanted.may_choose_driver) {
    co_return base::field_error("/driver", "Only operators choose another task driver than the configured one.",
                                Errc::forbidden);
  }
  if (!wanted.driver.empty() && !drivers_.find(wanted.driver)) {
    co_return base::field_error("/driver", "This server has no task driver '" + wanted.driver + "'.");
  }
  if (wanted.recording && !options_.may_record) {
    co_return Error(Errc::forbidden, "This server records no meetings.");
  }
  const auto now = given(keeper_.clock().unix_ms());
  Meeting meeting{.tenant_id = wanted.tenant_id,
                  .owner_id = wanted.owner.id,
                  .owner = std::move(wanted.owner.label),
                  .platform = link.platform,
                  .native_id = std::move(link.native_id),
                  .link = std::move(link.shown),
                  .sealed_url = key_.seal(link.url),
                  .bot_name = wanted.bot_name.empty() ? options_.bot_name : std::move(wanted.bot_name),
                  .language = std::move(wanted.language),
                  .task = wanted.task,
                  .driver = wanted.driver.empty() ? options_.driver : std::move(wanted.driver),
                  .leave = wanted.leave,
                  .waiting_ms = now.now,
                  .transitions = 1,
                  .created_ms = now.now,
                  .retention_days = wanted.retention_days,
                  .recording = wanted.recording,
                  .recording_retention_days = wanted.recording_retention_days};
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (const auto other = records::find_in_call(tx, meeting)) {
      return Error(Errc::conflict, fmt::format("A bot of yours is in that call already: meeting {}.", other->id))
          .with_member("meeting_id", other->id)
          .with_member("state", boost::json::string(to_string(other->life.state)));
    }
    const auto own = records::most_at_once(tx, meeting.tenant_id, meeting.owner_id);
    const auto most = own == 0 && options_.zero_is_unlimited ? kUnlimited : own.value_or(options_.most_at_once);
    if (const auto taken = records::count_taken(tx, meeting.tenant_id, meeting.owner_id); taken >= most) {
      return Error(Errc::limit_exceeded,
                   fmt::format("You have {} bots in meetings, and more are not allowed at once.", taken))
          .with_member("max_concurrent_bots", most)
          .with_retry_after(kLookAgain);
    }
    // One that leaves counts for no call, but its container is there: what cannot be taken away does not pile up.
    if (records::count_containers(tx, meeting.tenant_id, meeting.owner_id) >= kContainersForEach * most) {
      return Error(Errc::limit_exceeded, "Earlier bots of yours have not left yet.").with_retry_after(kLookAgain);
    }
    meeting.id = tx.next_pos();
    open_meeting(tx, meeting, now);
    if (wanted.summary && options_.sums_up && options_.sums_up(meeting.tenant_id)) {
      meeting.summary = SummaryState::pending;
      summary::put_pending(tx, meeting.id);
    }
    if (wanted.thread) {
      wanted.thread->meeting = meeting.id;
      records::insert_thread(tx, *wanted.thread);
    }
    if (wanted.call) {
      wanted.call->meeting = meeting.id;
      records::insert_call(tx, *wanted.call);
    }
    return Unit{};
  };
  CO_TRY(co_await keeper_.db().write(write));
  keeper_.wake(meeting.id);
  keeper_.announce({.kept = {.meeting = meeting}, .shows = true});
  co_return meeting;
}

Task<records::MeetingPage> Meetings::list(records::Whose whose, records::Wanted wanted) {
  auto look = [&](store::Connection& c) -> Result<records::MeetingPage> {
    return records::list_meetings(c, whose, wanted);
  };
  co_return co_await keeper_.db().read(look);
}

Task<records::Kept> Meetings::find(records::Whose whose, MeetingId id) {
  auto look = [&](store::Connection& c) -> Result<records::Kept> {
    auto kept = records::find_meeting(c, whose, id);
    if (!kept) return no_such_meeting();
    return *std::move(kept);
  };
  co_return co_await keeper_.db().read(look);
}

Task<History> Meetings::history(records::Whose whose, MeetingId id) {
  auto look = [&](store::Connection& c) -> Result<History> {
    auto kept = records::find_meeting(c, whose, id);
    if (!kept) return no_such_meeting();
    return History{.meeting = std::move(kept->meeting),
                   .transitions = records::transitions_of(c, id),
                   .attempts = records::attempts_of(c, id),
                   .after = records::after_of(c, id),
                   .consents = records::consents_of(c, id, kMostConsents)};
  };
  co_return co_await keeper_.db().read(look);
}

Task<records::Thread> Meetings::thread(records::Whose whose, MeetingId id) {
  auto look = [&](store::Connection& c) -> Result<records::Thread> {
    auto thread = records::find_meeting(c, whose, id) ? records::find_thread(c, id) : std::nullopt;
    if (!thread) return Error(Errc::not_found, "There is no such meeting, or its transcript is told in no room.");
    return *std::move(thread);
  };
  co_return co_await keeper_.db().read(look);
}

Task<std::vector<Meeting>> Meetings::told_in(records::Whose whose, std::string room_id) {
  auto look = [&](store::Connection& c) -> Result<std::vector<Meeting>> {
    std::vector<Meeting> found;
    for (const auto id : records::live_in_room(c, whose, room_id, kMostToldIn)) {
      if (auto kept = records::find_meeting(c, whose, id)) found.push_back(std::move(kept->meeting));
    }
    return found;
  };
  co_return co_await keeper_.db().read(look);
}

Task<Meeting> Meetings::stop(records::Whose whose, MeetingId id, Actor actor) {
  const auto now = given(keeper_.clock().unix_ms());
  const Happening stop{.input = {.kind = Input::Kind::stop}, .actor = std::move(actor), .cause = "somebody stops it"};
  auto write = [&](store::Tx& tx) -> Result<Outcome> {
    if (!records::find_meeting(tx, whose, id)) return no_such_meeting();
    return record(tx, id, stop, keeper_.timing(), now);
  };
  CO_TRY(auto outcome, co_await keeper_.db().write(write));
  keeper_.wake(id);
  keeper_.announce(outcome);
  co_return std::move(outcome.kept.meeting);
}

Task<Meeting> Meetings::reconfigure(records::Whose whose, MeetingId id, SpeechChange change, Actor actor) {
  if (!change.language && !change.task) co_return Error(Errc::invalid_param, "Give a language, a task, or both.");
  if (change.language && !change.language->empty() && !is_language(*change.language)) co_return no_such_language();
  if (!keeper_.reaches_bots()) co_return Error(Errc::unavailable, "Bots hear no commands here: see redis.listen.");
  const auto now = given(keeper_.clock().unix_ms());
  auto write = [&](store::Tx& tx) -> Result<Outcome> {
    const auto kept = records::find_meeting(tx, whose, id);
    if (!kept) return no_such_meeting();
    const auto& meeting = kept->meeting;
    if (meeting.life.state != State::active) {
      const auto state = to_string(meeting.life.state);
      return Error(Errc::conflict, fmt::format("The meeting is {}; only in an active one this can be changed.", state))
          .with_member("state", boost::json::string(state));
    }
    const Speaking wanted{.language = change.language.value_or(meeting.language),
                          .task = change.task.value_or(meeting.task)};
    return record(tx, id,
                  {.input = {.kind = Input::Kind::reconfigure},
                   .actor = actor,
                   .cause = fmt::format("somebody wants language {}, task {}",
                                        wanted.language.empty() ? "detected" : wanted.language, to_string(wanted.task)),
                   .wanted = wanted},
                  keeper_.timing(), now);
  };
  CO_TRY(auto outcome, co_await keeper_.db().write(write));
  keeper_.wake(id);
  co_return std::move(outcome.kept.meeting);
}

Task<bool> Meetings::confirm_reconfigure(MeetingId id, SpeechChange seen, std::string cause) {
  const auto now = given(keeper_.clock().unix_ms());
  const auto is_it = [&](const std::optional<records::Kept>& kept) {
    return kept && kept->meeting.life.state == State::reconfiguring && (seen.language || seen.task) &&
           seen.language.value_or(kept->meeting.wanted_language) == kept->meeting.wanted_language &&
           (!seen.task || to_string(*seen.task) == kept->meeting.wanted_task);
  };
  auto look = [&](store::Connection& c) -> Result<bool> { return is_it(records::find_meeting(c, id)); };
  CO_TRY(const auto awaited, co_await keeper_.db().read(look));
  if (!awaited) co_return false;
  auto write = [&](store::Tx& tx) -> Result<bool> {
    if (!is_it(records::find_meeting(tx, id))) return false;
    TRY(const auto outcome,
        record(
            tx, id,
            {.input = {.kind = Input::Kind::reconfigured}, .actor = {.label = std::string(kBotActor)}, .cause = cause},
            keeper_.timing(), now));
    return !outcome.ignored;
  };
  CO_TRY(const auto done, co_await keeper_.db().write(write));
  if (done) keeper_.wake(id);
  co_return done;
}

Task<records::Kept> Meetings::admit(std::string token) {
  auto look = [hash = hash_of_token(token)](store::Connection& c) -> Result<records::Kept> {
    const auto attempt = records::find_attempt_by_token(c, hash);
    auto kept = attempt ? records::find_meeting(c, attempt->meeting) : std::nullopt;
    if (!kept) return Error(Errc::unknown_token, "There is no such token.");
    kept->attempt = attempt;
    return *std::move(kept);
  };
  co_return co_await keeper_.db().read(look);
}

Task<records::Kept> Meetings::find_any(MeetingId id) {
  auto look = [id](store::Connection& c) -> Result<records::Kept> {
    auto kept = records::find_meeting(c, id);
    if (!kept) return no_such_meeting();
    return *std::move(kept);
  };
  co_return co_await keeper_.db().read(look);
}

Task<records::Kept> Meetings::find_by_session(std::string connection_id) {
  auto look = [&](store::Connection& c) -> Result<records::Kept> {
    const auto session = records::find_session(c, connection_id);
    auto kept = session ? records::find_meeting(c, session->meeting) : std::nullopt;
    if (!kept || kept->meeting.life.attempts != session->attempt) return no_such_meeting();
    return *std::move(kept);
  };
  co_return co_await keeper_.db().read(look);
}

Task<Attempt> Meetings::attempt_of(std::string token, std::string connection_id) {
  auto look = [hash = hash_of_token(token), connection_id](store::Connection& c) -> Result<Attempt> {
    auto found = records::find_attempt_by_token(c, hash);
    if (!found || found->connection_id != connection_id) return Error(Errc::not_found, "There is no such session.");
    return *std::move(found);
  };
  co_return co_await keeper_.db().read(look);
}

Task<CallbackOutcome> Meetings::call_back(Callback callback) {
  const auto now = given(keeper_.clock().unix_ms());
  Happening heard{.input = input_of(callback),
                  .actor = {.label = std::string(kBotActor)},
                  .cause = "its bot says: " + callback.words};
  if (!callback.container.empty() && callback.container.size() <= kMostOfContainer) {
    heard.notes.container = callback.container;
  }
  // Whoever guesses tokens does not get as far as the writer.
  CO_TRY(const auto attempt, co_await attempt_of(callback.token, callback.connection_id));
  heard.attempt = attempt.number;
  auto write = [&](store::Tx& tx) -> Result<Outcome> {
    return record(tx, attempt.meeting, heard, keeper_.timing(), now);
  };
  CO_TRY(auto outcome, co_await keeper_.db().write(write));
  if (!outcome.ignored) keeper_.wake(outcome.kept.meeting.id);
  keeper_.announce(outcome);
  co_return CallbackOutcome{.meeting = std::move(outcome.kept.meeting), .ignored = outcome.ignored};
}

Task<Unit> Meetings::noticed(std::string token, std::string connection_id, Notice notice) {
  CO_TRY(const auto attempt, co_await attempt_of(std::move(token), std::move(connection_id)));
  const auto now = given(keeper_.clock().unix_ms());
  auto write = [&](store::Tx& tx) -> Result<bool> {
    const auto kept = records::find_meeting(tx, attempt.meeting);
    if (!kept || kept->meeting.life.attempts != attempt.number) return false;
    const std::string words(in_words(notice));
    const auto is_said = [&](const Transition& line) { return line.attempt == attempt.number && line.cause == words; };
    if (std::ranges::any_of(records::transitions_of(tx, attempt.meeting), is_said)) return false;
    TRY(remark(tx, attempt.meeting, words, now));
    return true;
  };
  CO_TRY(const bool is_new, co_await keeper_.db().write(write));
  if (is_new) keeper_.wake(attempt.meeting);
  co_return Unit{};
}

}  // namespace troupe::meetings::life
