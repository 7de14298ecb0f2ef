#include "fleet/life/reconciler.h"

#include <algorithm>
#include <random>

#include "base/log.h"
#include "fleet/life/back_off.h"

namespace troupe::fleet {
namespace {

constexpr int kBadTurnsInARow = 3;

/// Errors of a start that may pass by themselves.
bool may_pass(Errc code) {
  return code == Errc::unavailable || code == Errc::timed_out || code == Errc::internal || code == Errc::limit_exceeded;
}

double luck() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(random);
}

/// The same limits as for what came while the program was down.
TakeUp take_up_of(const Bot& bot, const Limits& limits) {
  auto conduct = read_conduct(bot.brain_config).value_or(Conduct{});
  return {.longest_ago_ms = conduct.catch_up_minutes * 60'000,
          .most_of_room = conduct.catch_up_messages,
          .most = std::min<std::int64_t>(conduct.bot_per_minute, static_cast<std::int64_t>(limits.queued_per_bot))};
}

std::string seconds_text(std::int64_t ms) {
  return ms < 10'000 ? std::to_string((ms + 50) / 1'000) + "." + std::to_string((ms + 50) % 1'000 / 100) + " s"
                     : std::to_string((ms + 500) / 1'000) + " s";
}

}  // namespace

Reconciler::Reconciler(Shared& shared, Roster& roster, TurnRunner& runner, Transitions& transitions, Invites& invites,
                       BotTasks& tasks, BotFeed& feed)
    : shared_(shared),
      roster_(roster),
      runner_(runner),
      transitions_(transitions),
      invites_(invites),
      tasks_(tasks),
      feed_(feed),
      bell_(shared.deps.home),
      round_seconds_(
          shared.deps.metrics.histogram("troupe_fleet_reconcile_seconds", "One round of the reconciler.", {})) {
  tasks_.on_end = [this](LiveBotPtr bot, TaskEnd end) {
    if (bot->row.observed == BotState::stopping || bot->stopping) return;  // the stop records it
    shared_.tasks.spawn("exit", record_end(std::move(bot), std::move(end)));
  };
}

// What is due.

void Reconciler::look(BotKey id) {
  due_.insert(id);
  bell_.ring();
}

void Reconciler::plan(const LiveBotPtr& bot) {
  const auto id = bot->row.id;
  if (auto old = retries_.find(id); old != retries_.end()) waiting_.erase({old->second.at_ms, id});
  const bool waits = bot->row.observed == BotState::backing_off || bot->row.observed == BotState::crash_loop;
  if (!waits || bot->row.desired != DesiredState::running) {
    retries_.erase(id);
    return;
  }
  waiting_.emplace(retry_of(bot->row).at_ms, id);
}

std::int64_t Reconciler::steady_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(shared_.deps.clock.steady().time_since_epoch()).count();
}

const Reconciler::Retry& Reconciler::retry_of(const Bot& bot) {
  const auto shown = bot.back_off.next_try_ms.value_or(0);
  auto& retry = retries_[bot.id];
  if (retry.at_ms == 0 || retry.shown_ms != shown) {
    const auto left = std::clamp<std::int64_t>(shown - shared_.deps.clock.unix_ms(), 0,
                                               longest_wait(bot, shared_.deps.limits.max_retry).count());
    retry = {.at_ms = steady_ms() + left, .shown_ms = shown};
  }
  return retry;
}

std::size_t Reconciler::tick() {
  const auto now = steady_ms();
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    due_.insert(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
  }
  std::size_t looked = 0;
  for (auto it = due_.begin(); it != due_.end() && starting_ < shared_.deps.limits.starts_at_once;) {
    auto bot = roster_.find(*it);
    it = due_.erase(it);
    if (!bot || bot->busy) continue;  // whoever is busy with it asks for another look
    ++looked;
    act(bot);
  }
  return looked;
}

void Reconciler::act(const LiveBotPtr& bot) {
  auto observed = bot->row.observed;
  if (bot->row.desired == DesiredState::deleted) {
    if (bot->removing) return;
    bot->busy = true;
    shared_.tasks.spawn("delete", remove_again(bot));
    return;
  }
  if (bot->row.desired == DesiredState::stopped) {
    bool to_stop = next_state(observed, BotEvent::stop) && observed != BotState::failed && observed != BotState::exited;
    if (bot->stopping || (!to_stop && observed != BotState::stopping)) return;
    bot->busy = true;
    shared_.tasks.spawn("stop", stop_again(bot));
    return;
  }
  bool waits = observed == BotState::backing_off || observed == BotState::crash_loop;
  if (waits && !is_due(bot->row)) {
    plan(bot);
    return;
  }
  if (is_up(observed) || observed == BotState::stopping) return;
  bot->busy = true;
  ++starting_;
  auto event = waits ? BotEvent::retry : BotEvent::start;
  shared_.tasks.spawn("start", start_again(bot, event, waits ? "trying again" : "it should be running"));
}

asio::awaitable<void> Reconciler::run() {
  transitions_.on_change = [this](const LiveBotPtr& bot) {
    plan(bot);
    if (!bot->busy) look(bot->row.id);
  };
  for (const auto& [id, bot] : roster_.bots()) look(id);
  while (!shared_.stopping()) {
    auto began = std::chrono::steady_clock::now();
    (void)tick();
    round_seconds_.with({}).observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    (void)co_await bell_.wait(shared_.deps.limits.look_every);
  }
}

// Starting.

asio::awaitable<void> Reconciler::start_again(LiveBotPtr bot, BotEvent event, std::string cause) {
  auto outcome = Result<Unit>(Unit{});
  // `starting` without anybody starting it: left by the last program.
  if (bot->row.observed != BotState::starting) {
    outcome = co_await begin(bot, event, {"troupe"}, std::move(cause), false);
  }
  if (outcome) outcome = co_await bring_up(bot);
  if (!outcome && !shared_.stopping()) {
    base::log_warning("fleet", "A bot could not be started.",
                      {{"bot", bot->row.bot_id}, {"reason", outcome.error().message()}});
  }
  bot->busy = false;
  --starting_;
  look(bot->row.id);
}

Task<Unit> Reconciler::start(LiveBotPtr bot, Actor actor, std::string cause) {
  auto observed = bot->row.observed;
  if (bot->row.desired == DesiredState::deleted) {
    co_return Error(Errc::conflict, "Bot " + bot->row.bot_id + " is being deleted.");
  }
  if (bot->row.desired == DesiredState::running && (is_up(observed) || observed == BotState::starting)) {
    co_return Unit{};
  }
  if (observed == BotState::stopping || bot->busy) {
    auto now = shared_.deps.clock.unix_ms();
    auto id = bot->row.id;
    auto want = [&](store::Tx& tx) -> Result<Unit> {
      update_desired(tx, id, DesiredState::running, now);
      return Unit{};
    };
    CO_TRY(co_await shared_.write(want));
    bot->row.desired = DesiredState::running;
    look(id);
    co_return Unit{};
  }
  bot->busy = true;
  auto outcome = co_await begin(bot, BotEvent::start, std::move(actor), std::move(cause), true);
  if (outcome) outcome = co_await bring_up(bot);
  bot->busy = false;
  look(bot->row.id);
  co_return outcome;
}

Task<Unit> Reconciler::begin(LiveBotPtr bot, BotEvent event, Actor actor, std::string cause, bool by_person) {
  Change change{.event = event, .actor = std::move(actor), .cause = std::move(cause)};
  change.counts_as_restart = event == BotEvent::retry;
  auto back_off = by_person ? BackOff{} : bot->row.back_off;
  back_off.next_try_ms.reset();
  change.back_off = back_off;
  if (by_person) change.desired = DesiredState::running;
  change.task = tasks_.wanted(*bot);
  if (!bot->kind->reads_rooms_itself) change.take_up = take_up_of(bot->row, shared_.deps.limits);
  CO_TRY(co_await transitions_.apply(bot, std::move(change)));
  bot->bad_turns = 0;
  if (!shared_.passes(LifeStep::wanted)) co_return Error(Errc::unavailable, "The fleet is stopping here.");
  co_return Unit{};
}

Task<Unit> Reconciler::bring_up(LiveBotPtr bot) {
  bot->starting = true;
  auto outcome = co_await launch(bot);
  if (!is_up(bot->row.observed)) bot->brain.reset();
  bot->starting = false;
  if (shared_.stopping()) co_return Error(Errc::unavailable, "The fleet is stopping here.");
  if (is_up(bot->row.observed)) co_return Unit{};
  if (bot->row.observed != BotState::starting) {
    co_return Error(Errc::conflict, "Bot " + bot->row.bot_id + " was stopped while it was starting.");
  }
  if (outcome) outcome = std::unexpected(Error(Errc::internal, "The start led nowhere."));
  auto recorded = co_await could_not_start(bot, outcome.error());
  if (!recorded && !shared_.stopping()) {
    base::log_error("fleet", "A failed start could not be recorded.",
                    {{"bot", bot->row.bot_id}, {"reason", recorded.error().message()}});
  }
  co_return outcome;
}

Task<Unit> Reconciler::launch(LiveBotPtr bot) {
  CO_TRY(co_await ensure_account(shared_, bot));
  CO_TRY(co_await learn_rooms(shared_, roster_, invites_, bot));
  if (bot->row.observed != BotState::starting) co_return Unit{};  // stopped meanwhile
  feed_.take_up(bot, std::exchange(bot->taken_up, {}));
  CO_TRY(auto task, co_await tasks_.launch(bot));
  bool still = bot->row.observed == BotState::starting;
  auto outcome = Result<Unit>(Unit{});
  if (still) {
    Change ready{.event = BotEvent::ready, .actor = {"troupe"}, .cause = tasks_.launcher(*bot).started(task.pid)};
    ready.task = task;
    outcome = co_await transitions_.apply(bot, std::move(ready));
  }
  if (!still || !outcome) {
    if (shared_.stopping()) co_return Error(Errc::unavailable, "The fleet is stopping here.");
    // Nobody would know of it: the next start makes another one.
    CO_TRY(co_await tasks_.stop(bot, bot->row.driver));
    co_return outcome;
  }
  if (!shared_.passes(LifeStep::started)) co_return Unit{};
  tasks_.watch(bot, task);
  runner_.resume(bot);
  look_around(shared_, bot);
  co_return Unit{};
}

Change Reconciler::try_later(const Bot& bot, std::string what) const {
  auto now = shared_.deps.clock.unix_ms();
  const auto& limits = shared_.deps.limits;
  auto next = next_try(bot, now, limits.start_retry, limits.max_retry, luck());
  auto wait = seconds_text(*next.back_off.next_try_ms - now);
  Change change{.event = next.loop ? BotEvent::loop : BotEvent::back_off, .actor = {"troupe"}, .cause = {}};
  change.cause =
      std::move(what) + (next.loop ? "; more than " + std::to_string(bot.restart.max_restarts) + " times in " +
                                         std::to_string(bot.restart.window_s) + " s, so the next try is in " + wait
                                   : "; next try in " + wait);
  change.back_off = next.back_off;
  return change;
}

Task<Unit> Reconciler::could_not_start(LiveBotPtr bot, Error error) {
  bool later = may_pass(error.code()) && bot->row.restart.mode != RestartPolicy::Mode::never;
  Change change;
  if (later) {
    change = try_later(bot->row, error.message());
  } else {
    // Only a person can mend this, and has to start it again; until then its messages are skipped, not kept.
    change = {.event = BotEvent::fail, .actor = {"troupe"}, .cause = error.message()};
    change.desired = DesiredState::stopped;
    change.skip_open_turns = true;
    runner_.forget(*bot);
  }
  change.task_end = "could not start";
  co_return co_await transitions_.apply(bot, std::move(change));
}

// Tasks that end by themselves.

asio::awaitable<void> Reconciler::record_end(LiveBotPtr bot, TaskEnd end) {
  std::vector<Change> steps;
  Change exited{.event = BotEvent::exit, .actor = {"troupe"}, .cause = end.cause};
  exited.task_end = end.text;
  const bool completed = end.success && bot->kind->ends_by_itself;
  if (completed) {
    exited.desired = DesiredState::stopped;
    steps.push_back(std::move(exited));
    steps.push_back({.event = BotEvent::complete, .actor = {"troupe"}, .cause = "it has done what it was started for"});
  } else if (restarts_after(bot->row.restart.mode, end.success)) {
    steps.push_back(std::move(exited));
    steps.push_back(try_later(bot->row, end.cause));
  } else {
    // Left at that: somebody has to start it again.
    exited.desired = DesiredState::stopped;
    steps.push_back(std::move(exited));
    if (!end.success) {
      steps.push_back(
          {.event = BotEvent::fail, .actor = {"troupe"}, .cause = end.cause + ", and it is not to be started again"});
    }
  }
  if (!end.success) {
    auto id = bot->row.id;
    LastError error{.at_ms = shared_.deps.clock.unix_ms(), .text = end.cause, .reference = {}};
    auto note = [&](store::Tx& tx) -> Result<Unit> {
      set_last_error(tx, id, error);
      return Unit{};
    };
    if (co_await shared_.write(note)) bot->row.last_error = std::move(error);
  }
  auto recorded = co_await transitions_.apply(bot, std::move(steps));
  if (!is_up(bot->row.observed)) bot->brain.reset();
  if (!recorded && !shared_.stopping()) {
    base::log_error("fleet", "The end of a bot's task could not be recorded.",
                    {{"bot", bot->row.bot_id}, {"reason", recorded.error().message()}});
  }
}

// Health.

void Reconciler::turn_ended(BotKey id, TurnState state, std::string_view detail) {
  auto bot = roster_.find(id);
  if (!bot) return;
  if (state == TurnState::failed) {
    shared_.log.add(bot->row, "error", "brain", detail.empty() ? std::string_view("a turn failed") : detail);
    auto colon = detail.find(": ");
    bool has_reference = colon == 8;
    bot->row.last_error = LastError{.at_ms = shared_.deps.clock.unix_ms(),
                                    .text = std::string(has_reference ? detail.substr(10) : detail),
                                    .reference = std::string(has_reference ? detail.substr(0, 8) : std::string_view())};
    if (bot->row.bad_turns++ == 0) tell_trouble(shared_, bot->row);
    if (++bot->bad_turns == kBadTurnsInARow && bot->row.observed == BotState::running) {
      shared_.tasks.spawn("health", change_health(bot, BotEvent::degrade,
                                                  std::to_string(kBadTurnsInARow) +
                                                      " answers in a row failed: " + bot->row.last_error->text));
    }
    return;
  }
  if (state != TurnState::answered) return;
  bot->bad_turns = 0;
  ++bot->good_turns;
  if (bot->row.bad_turns > 0 || !bot->row.check_text.empty()) {
    bot->row.bad_turns = 0;
    bot->row.check_text.clear();
    tell_trouble(shared_, bot->row);
  }
  if (bot->row.observed == BotState::degraded) {
    shared_.tasks.spawn("health", change_health(bot, BotEvent::mend, "it answers again"));
  }
}

asio::awaitable<void> Reconciler::change_health(LiveBotPtr bot, BotEvent event, std::string cause) {
  if (!next_state(bot->row.observed, event)) co_return;
  auto changed = co_await transitions_.apply(bot, {.event = event, .actor = {"troupe"}, .cause = std::move(cause)});
  if (!changed && !shared_.stopping() && changed.error().code() != Errc::conflict) {
    base::log_warning("fleet", "A bot's health could not be recorded.",
                      {{"bot", bot->row.bot_id}, {"reason", changed.error().message()}});
  }
}

}  // namespace troupe::fleet
