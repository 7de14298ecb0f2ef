// What the Keeper asks of the drivers.
#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/log.h"
#include "meetings/life/keeper_live.h"
#include "meetings/life/secrets.h"

namespace troupe::meetings::life {
namespace {

constexpr int kLongestAsking = 30;  ///< times Timing::ask_again
constexpr std::size_t kLastLines = 50;
constexpr std::size_t kLastBytes = 8 * 1024;

Actor own() { return {.id = 0, .label = std::string(kOwnActor)}; }

bool may_be_accepted_later(const Error& error) {
  const auto code = error.code();
  return code == Errc::unavailable || code == Errc::timed_out || code == Errc::internal ||
         code == Errc::limit_exceeded || code == Errc::conflict;
}

std::string lines_of(const runtime::LogPage& page) {
  std::string text;
  for (const auto& line : page.lines) text += line.text + "\n";
  if (text.size() <= kLastBytes) return text;
  auto cut = text.size() - kLastBytes;
  cut = text.find('\n', cut);  // whole lines: no half characters
  return cut == std::string::npos ? std::string() : text.substr(cut + 1);
}

std::string exit_of(const runtime::TaskStatus& status) {
  return status.state == runtime::TaskState::lost || !status.exit ? "lost" : status.exit->text();
}

}  // namespace

// ---- Start. ----

Task<Unit> Keeper::is_there(const records::Kept& kept, runtime::TaskDriver* driver) {
  if (!driver) co_return Error(Errc::invalid_param, "This server has no task driver '" + kept.meeting.driver + "'.");
  // An engine that cannot be reached has begun nothing: that is known now, and after a start could not be proved.
  if (kept.attempt->token_hash.empty() && driver->fingerprint().health != runtime::Fingerprint::Health::healthy) {
    CO_TRY(co_await driver->list());
  }
  co_return Unit{};
}

asio::awaitable<Keeper::Wait> Keeper::launch(records::Kept kept, LivePtr live) {
  const auto& attempt = *kept.attempt;
  const auto id = kept.meeting.id;
  const Wait early(attempt.wanted_ms - uses_.clock.unix_ms());
  // Further off than it can have been: the wall clock was set back.
  if (early > Wait(0) && early <= timing_.longest_retry) co_return std::min(early, timing_.look_every);
  auto* driver = driver_of(kept.meeting);
  if (driver && !attempt.token_hash.empty()) {
    // A kill may have come after the start: then it runs already, and calls back with the token that it was given. No
    // other is started before the driver has said that there is none.
    const auto found = co_await find_task(kept, driver);
    if (stopping_.stop_requested() || !is_mine()) co_return timing_.ask_again;
    if (!found) {
      base::log_warning("meetings", "A driver cannot say whether a meeting's bot runs; it is asked again.",
                        {{"meeting", id}, {"reason", found.error().message()}});
      co_return timing_.ask_again;
    }
    if (is_elsewhere(kept, *found)) {
      co_await note_elsewhere(std::move(kept), std::move(live));
      co_return timing_.ask_again;
    }
    if (*found) co_return co_await has_started(std::move(kept), std::move(live), (*found)->handle);
  }
  auto handle = Result<runtime::TaskHandle>(std::unexpect, Errc::unavailable);
  if (auto there = co_await is_there(kept, driver); !there) {
    handle = std::unexpected(std::move(there).error());
  } else {
    handle = co_await start_task(kept, driver);
  }
  if (stopping_.stop_requested() || !is_mine()) co_return timing_.ask_again;
  if (!handle) {
    const auto& error = handle.error();
    base::log_warning("meetings", "A meeting's bot could not be started.",
                      {{"meeting", id}, {"reason", error.message()}, {"detail", error.detail()}});
    co_return co_await recorded(id, {.input = {.kind = Input::Kind::refused,
                                               .ending = {.reason = Reason::start_failed, .raw = "start_failed"},
                                               .passing = may_be_accepted_later(error)},
                                     .actor = own(),
                                     .cause = "the driver could not start it: " + error.message(),
                                     .notes = {.exit_text = error.message()},
                                     .attempt = attempt.number});
  }
  co_return co_await has_started(std::move(kept), std::move(live), *std::move(handle));
}

asio::awaitable<Keeper::Wait> Keeper::has_started(records::Kept kept, LivePtr live, runtime::TaskHandle handle) {
  live->recovered = kept.attempt->number;
  co_return co_await recorded(kept.meeting.id,
                              {.input = {.kind = Input::Kind::started},
                               .actor = own(),
                               .cause = "the driver has started it",
                               .notes = {.started_by = uses_.name, .handle = boost::json::serialize(handle.to_json())},
                               .attempt = kept.attempt->number});
}

Task<runtime::TaskHandle> Keeper::start_task(records::Kept kept, runtime::TaskDriver* driver) {
  const auto& attempt = *kept.attempt;
  CO_TRY(const auto url, uses_.key.open(kept.meeting.sealed_url));
  const auto token = base::random_token("");
  boost::json::object matrix;
  if (uses_.calls) {
    CO_TRY(matrix, co_await uses_.calls->admit(kept.meeting, attempt.number));
  }
  CO_TRY(auto spec, bot_spec(kept.meeting, attempt, url, token, program_, timing_, *driver,
                             uses_.courier ? uses_.courier->address_for(token) : std::string(), matrix));
  // Who calls back is known before anything runs that could. The input changes nothing: it runs by itself below.
  Happening minted{.input = {.kind = Input::Kind::progress},
                   .actor = own(),
                   .notes = {.token_hash = hash_of_token(token), .started_by = uses_.name},
                   .attempt = attempt.number};
  CO_TRY(const auto noted, co_await record(kept.meeting.id, std::move(minted)));
  if (noted.kept.meeting.life.container != Container::wanted) {
    co_return Error(Errc::conflict, "The meeting was stopped before its bot was started.");
  }
  CO_TRY(may_act());
  auto started = co_await driver->start(spec);
  if (!started && started.error().code() == Errc::conflict) {
    // One of this name runs that nobody can talk to any more: its token is lost. Never two.
    CO_TRY(may_act());
    CO_TRY(co_await driver->destroy(attempt.task_id));
    CO_TRY(may_act());
    started = co_await driver->start(std::move(spec));
  }
  co_return started;
}

// ---- Find. ----

bool is_of_one_machine(const runtime::TaskDriver* driver) { return !driver || !driver->capabilities().shared; }

Task<std::optional<runtime::TaskStatus>> Keeper::find_task(records::Kept kept, runtime::TaskDriver* driver) {
  const auto& attempt = *kept.attempt;
  if (const auto handle = handle_of(attempt)) {
    auto status = co_await driver->recover(*handle);
    if (status) co_return std::optional(*std::move(status));
    if (status.error().code() != Errc::not_found) co_return std::unexpected(std::move(status).error());
  }
  CO_TRY(const auto handles, co_await driver->list());
  for (const auto& handle : handles) {
    if (handle.task_id != attempt.task_id) continue;
    auto status = co_await driver->recover(handle);
    if (status) co_return std::optional(*std::move(status));
    if (status.error().code() != Errc::not_found) co_return std::unexpected(std::move(status).error());
  }
  co_return std::optional<runtime::TaskStatus>();
}

bool Keeper::is_elsewhere(const records::Kept& kept, const std::optional<runtime::TaskStatus>& status) const {
  const bool is_seen = status && status->state != runtime::TaskState::lost;
  const auto& by = kept.attempt->started_by;
  return !is_seen && !by.empty() && by != uses_.name && is_of_one_machine(driver_of(kept.meeting));
}

asio::awaitable<void> Keeper::note_elsewhere(records::Kept kept, LivePtr live) {
  const auto& attempt = *kept.attempt;
  if (live->noted_elsewhere == attempt.number) co_return;
  const auto now = given(uses_.clock.unix_ms());
  const auto epoch = uses_.lease ? uses_.lease->held() : std::nullopt;
  if (uses_.lease && !epoch) co_return;
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (epoch) TRY(uses_.lease->check(tx, *epoch));
    return remark(tx, kept.meeting.id,
                  "its bot was started on the machine of the process " + attempt.started_by +
                      ", and only that one can say whether it runs; it is waited for",
                  now);
  };
  if (!co_await uses_.db.write(write)) co_return;
  live->noted_elsewhere = attempt.number;
  uses_.bell.ring(kept.meeting.id);
}

bool Keeper::is_long_unknown(Live& live, std::int64_t attempt, Wait patience) const {
  const auto now = uses_.clock.steady();
  if (!live.unknown_since || live.unknown_of != attempt) {
    live.unknown_since = now;
    live.unknown_of = attempt;
  }
  return now - *live.unknown_since >= patience;
}

// ---- Watch. ----

asio::awaitable<Keeper::Wait> Keeper::watch(records::Kept kept, LivePtr live) {
  const auto& attempt = *kept.attempt;
  auto* driver = driver_of(kept.meeting);
  if (!driver) co_return timing_.ask_again;  // nobody can say that it is gone; the time in the call ends it
  std::optional<runtime::TaskStatus> status;
  if (live->recovered == attempt.number) {
    auto seen = co_await driver->inspect(attempt.task_id);
    if (!seen && seen.error().code() != Errc::not_found) co_return timing_.ask_again;  // no proof of anything
    if (seen) status = *std::move(seen);
    if (!seen) live->recovered = 0;  // it is asked for by its handle and in the list next
  } else {
    auto found = co_await find_task(kept, driver);
    if (!found) co_return timing_.ask_again;
    status = *std::move(found);
  }
  if (stopping_.stop_requested() || !is_mine()) co_return timing_.ask_again;
  if (is_elsewhere(kept, status)) {
    co_await note_elsewhere(std::move(kept), std::move(live));
    co_return timing_.ask_again;
  }
  if (!status) {
    if (!is_long_unknown(*live, attempt.number, timing_.unknown_patience)) {
      co_return timing_.ask_again;
    }
  } else {
    live->recovered = attempt.number;
    live->unknown_since.reset();
  }
  if (status && status->state == runtime::TaskState::running) {
    if (attempt.started_by != uses_.name) {  // on one engine with another process: from now on this one's word counts
      co_return co_await recorded(kept.meeting.id, {.input = {.kind = Input::Kind::progress},
                                                    .actor = own(),
                                                    .notes = {.started_by = uses_.name},
                                                    .attempt = attempt.number});
    }
    auto wait = timing_.look_every;
    if (const auto deadline = deadline_of(kept.meeting, timing_)) {
      wait = std::clamp(Wait(deadline->at - uses_.clock.unix_ms()), Wait(1), wait);
    }
    co_return wait;
  }
  const bool active = kept.meeting.life.state != State::starting;
  runtime::TaskStatus lost;
  lost.state = runtime::TaskState::lost;
  const auto& end = status ? *status : lost;
  co_return co_await recorded(kept.meeting.id,
                              {.input = {.kind = Input::Kind::exited, .ending = ending_of(end, active)},
                               .actor = own(),
                               .cause = "the driver says that its bot has ended: " + exit_of(end),
                               .notes = {.exit_text = exit_of(end)},
                               .attempt = attempt.number});
}

// ---- Take away. ----

asio::awaitable<Keeper::Wait> Keeper::take_away(records::Kept kept, LivePtr live) {
  const auto& attempt = *kept.attempt;
  const auto& life = kept.meeting.life;
  const auto since = attempt.leaving_ms.value_or(0);
  const Wait left(since + timing_.callback_patience.count() - uses_.clock.unix_ms());
  // It has ended by itself, and what it has to say about that may still be on its way.
  if (life.evidence == Evidence::engine && attempt.started_ms && !is_terminal(life.state) && left > Wait(0) &&
      left <= timing_.callback_patience) {
    co_return std::min(left, timing_.look_every);
  }
  if (const auto wait = co_await ask_to_leave(kept, live)) co_return *wait;
  if (stopping_.stop_requested() || !is_mine()) co_return timing_.ask_again;
  const auto ended = co_await end_task(kept, live);
  if (stopping_.stop_requested() || !is_mine()) co_return timing_.ask_again;
  if (ended) {
    live->tries = 0;
    // What is not ended here is by the sweep: it keeps no meeting from its end.
    if (uses_.calls) (void)co_await uses_.calls->dismiss(kept.meeting.id);
    co_return co_await recorded(kept.meeting.id, {.input = {.kind = Input::Kind::gone},
                                                  .actor = own(),
                                                  .cause = "nothing of its bot is left",
                                                  .notes = *ended,
                                                  .attempt = attempt.number});
  }
  base::log_warning("meetings", "A meeting's bot could not be taken away; that is tried again.",
                    {{"meeting", kept.meeting.id}, {"reason", ended.error().message()}});
  if (!is_terminal(life.state) && uses_.clock.unix_ms() >= since + timing_.stop_patience.count()) {
    (void)co_await record(kept.meeting.id, {.input = {.kind = Input::Kind::stuck},
                                            .actor = own(),
                                            .cause = "it could not be taken away: " + ended.error().message(),
                                            .attempt = attempt.number});
  }
  live->tries = std::min(live->tries + 1, 5);
  co_return timing_.ask_again* std::min(1 << live->tries, kLongestAsking);
}

Task<Notes> Keeper::end_task(records::Kept kept, LivePtr live) {
  const auto& attempt = *kept.attempt;
  auto* driver = driver_of(kept.meeting);
  if (attempt.token_hash.empty()) co_return Notes{};  // it never was asked to start anything
  if (!driver) {
    co_return Error(Errc::unavailable, "This server has no task driver '" + kept.meeting.driver + "' any more.");
  }
  if (live->recovered != attempt.number) {
    CO_TRY(const auto found, co_await find_task(kept, driver));
    if (is_elsewhere(kept, found)) {
      co_await note_elsewhere(kept, live);
      co_return Error(Errc::unavailable, "It was started by the process " + attempt.started_by + " on its machine.");
    }
    if (found) live->recovered = attempt.number;
  }
  Notes notes;
  CO_TRY(may_act());
  const bool had_time = live->left == attempt.number;
  auto exit =
      co_await driver->stop(attempt.task_id, had_time ? std::min(timing_.grace, timing_.last_grace) : timing_.grace);
  if (!exit && exit.error().code() != Errc::not_found) co_return std::unexpected(std::move(exit).error());
  if (!exit) live->recovered = 0;
  if (!exit && !attempt.handle.empty() && !is_long_unknown(*live, attempt.number, timing_.unknown_at_stop)) {
    co_return Error(Errc::unavailable, "The driver does not know it; it is asked again before that is believed.");
  }
  if (exit && attempt.exit_text.empty()) notes.exit_text = exit->text();
  // Once the link is forgotten nobody can tell what of it is in there.
  const auto url = uses_.key.open(kept.meeting.sealed_url);
  auto page = co_await driver->logs(attempt.task_id, -1, kLastLines);
  if (url && page) notes.output = without_secrets(lines_of(*page), *url, attempt.token_hash);
  CO_TRY(may_act());
  CO_TRY(co_await driver->destroy(attempt.task_id));
  co_return notes;
}

}  // namespace troupe::meetings::life
