// What the Keeper asks of the drivers.
#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/log.h"
#include "meetings/life/keeper_live.h"

namespace troupe::meetings::life {
namespace {

constexpr std::chrono::milliseconds kAskAgain{1'000};
constexpr std::chrono::milliseconds kLongestAsking{30'000};
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

asio::awaitable<Keeper::Wait> Keeper::launch(records::Kept kept, LivePtr live) {
  const auto& attempt = *kept.attempt;
  const auto id = kept.meeting.id;
  const auto early = attempt.wanted_ms - uses_.clock.unix_ms();
  if (early > 0) co_return std::min(Wait(early), timing_.look_every);
  auto* driver = driver_of(kept.meeting);
  auto handle = driver ? co_await start_task(kept, driver)
                       : Result<runtime::TaskHandle>(Error(
                             Errc::invalid_param, "This server has no task driver '" + kept.meeting.driver + "'."));
  if (stopping_.stop_requested()) co_return kAskAgain;
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
  live->recovered = attempt.number;
  co_return co_await recorded(id, {.input = {.kind = Input::Kind::started},
                                   .actor = own(),
                                   .cause = "the driver has started it",
                                   .notes = {.handle = boost::json::serialize(handle->to_json())},
                                   .attempt = attempt.number});
}

Task<runtime::TaskHandle> Keeper::start_task(records::Kept kept, runtime::TaskDriver* driver) {
  const auto& attempt = *kept.attempt;
  // A kill may have come after the start: then it runs already, and calls back with the token that it was given.
  if (const auto handle = handle_of(attempt); handle && !attempt.token_hash.empty()) {
    auto status = co_await driver->recover(*handle);
    if (status) co_return status->handle;
    if (status.error().code() == Errc::unavailable) co_return std::unexpected(std::move(status).error());
  }
  CO_TRY(const auto url, uses_.key.open(kept.meeting.sealed_url));
  const auto token = base::random_token("");
  CO_TRY(auto spec, bot_spec(kept.meeting, attempt, url, token, program_, timing_, *driver));
  // Who calls back is known before anything runs that could. The input changes nothing: it runs by itself below.
  const auto hash = base::sha256(token);
  Happening minted{.input = {.kind = Input::Kind::progress},
                   .actor = own(),
                   .notes = {.token_hash = std::string(hash.begin(), hash.end())},
                   .attempt = attempt.number};
  CO_TRY(const auto noted, co_await record(kept.meeting.id, std::move(minted)));
  if (noted.kept.meeting.life.container != Container::wanted) {
    co_return Error(Errc::conflict, "The meeting was stopped before its bot was started.");
  }
  auto started = co_await driver->start(spec);
  if (!started && started.error().code() == Errc::conflict) {
    // One of this name runs that nobody can talk to any more: its token is lost. Never two.
    CO_TRY(co_await driver->destroy(attempt.task_id));
    started = co_await driver->start(std::move(spec));
  }
  co_return started;
}

// ---- Watch. ----

asio::awaitable<Keeper::Wait> Keeper::watch(records::Kept kept, LivePtr live) {
  const auto& attempt = *kept.attempt;
  auto* driver = driver_of(kept.meeting);
  if (!driver) co_return kAskAgain;  // nobody can say that it is gone; the time in the call ends it
  Result<runtime::TaskStatus> status = Error(Errc::not_found, "It was never started.");
  if (live->recovered == attempt.number) {
    status = co_await driver->inspect(attempt.task_id);
  } else if (const auto handle = handle_of(attempt)) {
    status = co_await driver->recover(*handle);
    if (status) live->recovered = attempt.number;
  }
  if (stopping_.stop_requested()) co_return kAskAgain;
  const bool is_unknown =
      !status && (status.error().code() == Errc::not_found || status.error().code() == Errc::invalid_param);
  if (!status && !is_unknown) co_return kAskAgain;  // the driver cannot be asked: no proof of anything
  if (status && status->state == runtime::TaskState::running) {
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
  const auto left = since + timing_.callback_patience.count() - uses_.clock.unix_ms();
  // It has ended by itself, and what it has to say about that may still be on its way.
  if (life.evidence == Evidence::engine && attempt.started_ms && !is_terminal(life.state) && left > 0) {
    co_return std::min(Wait(left), timing_.look_every);
  }
  const auto ended = co_await end_task(kept, live);
  if (stopping_.stop_requested()) co_return kAskAgain;
  if (ended) {
    live->tries = 0;
    found_.erase(attempt.task_id);
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
  co_return std::min(kAskAgain * (1 << live->tries), kLongestAsking);
}

Task<Notes> Keeper::end_task(records::Kept kept, LivePtr live) {
  const auto& attempt = *kept.attempt;
  auto* driver = driver_of(kept.meeting);
  if (!driver) {
    if (attempt.handle.empty()) co_return Notes{};  // there never was one to start it
    co_return Error(Errc::unavailable, "This server has no task driver '" + kept.meeting.driver + "' any more.");
  }
  if (live->recovered != attempt.number) {
    if (const auto handle = handle_of(attempt)) {
      auto found = co_await driver->recover(*handle);
      if (!found && found.error().code() == Errc::unavailable) co_return std::unexpected(std::move(found).error());
      live->recovered = attempt.number;
    }
  }
  Notes notes;
  auto exit = co_await driver->stop(attempt.task_id, timing_.grace);
  if (!exit && exit.error().code() != Errc::not_found) co_return std::unexpected(std::move(exit).error());
  if (exit && attempt.exit_text.empty()) notes.exit_text = exit->text();
  if (auto page = co_await driver->logs(attempt.task_id, -1, kLastLines)) notes.output = lines_of(*page);
  CO_TRY(co_await driver->destroy(attempt.task_id));
  co_return notes;
}

}  // namespace troupe::meetings::life
