#include "fleet/life/reconciler.h"

#include <algorithm>
#include <random>

#include "base/log.h"
#include "fleet/life/back_off.h"

namespace troupe::fleet::life {
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
turns::TakeUp take_up_of(const Bot& bot, const term::Limits& limits) {
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

Reconciler::Reconciler(term::Term& term, term::TermStore& store, bots::BotLog& log, term::Roster& roster,
                       const Parts& parts, const Uses& uses, base::MetricRegistry& metrics)
    : term_(term),
      store_(store),
      log_(log),
      roster_(roster),
      parts_(parts),
      uses_(uses),
      wakeup_(term.home()),
      round_seconds_(metrics.histogram("troupe_fleet_reconcile_seconds", "One round of the reconciler.", {})) {}

// What is due.

void Reconciler::look(BotKey id) {
  due_.insert(id);
  wakeup_.notify();
}

void Reconciler::changed(const term::LiveBotPtr& bot) {
  plan(bot);
  if (!bot->busy) look(bot->row.id);
}

void Reconciler::plan(const term::LiveBotPtr& bot) {
  const bool waits = bot->row.observed == BotState::backing_off || bot->row.observed == BotState::crash_loop;
  if (waits && bot->row.desired == DesiredState::running) waiting_.emplace(retry_at(*bot), bot->row.id);
}

std::chrono::steady_clock::time_point Reconciler::retry_at(term::LiveBot& bot) const {
  if (!bot.retry_at) {
    const auto shown = bot.row.back_off.next_try_ms.value_or(0);
    const auto left = std::clamp<std::int64_t>(shown - uses_.clock.unix_ms(), 0,
                                               longest_wait(bot.row, uses_.limits.max_retry).count());
    bot.retry_at = uses_.clock.steady() + std::chrono::milliseconds(left);
  }
  return *bot.retry_at;
}

std::size_t Reconciler::tick() {
  const auto now = uses_.clock.steady();
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    due_.insert(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
  }
  std::size_t looked = 0;
  for (auto it = due_.begin(); it != due_.end() && starting_ < uses_.limits.starts_at_once;) {
    auto bot = roster_.find(*it);
    it = due_.erase(it);
    if (!bot || bot->busy) continue;  // whoever is busy with it asks for another look
    ++looked;
    act(bot);
  }
  return looked;
}

void Reconciler::act(const term::LiveBotPtr& bot) {
  auto observed = bot->row.observed;
  if (bot->row.desired == DesiredState::deleted) {
    if (bot->removing) return;
    bot->busy = true;
    term_.tasks.spawn("delete", remove_again(bot));
    return;
  }
  if (bot->row.desired == DesiredState::stopped) {
    bool to_stop = next_state(observed, BotEvent::stop) && observed != BotState::failed && observed != BotState::exited;
    if (bot->stopping || (!to_stop && observed != BotState::stopping)) return;
    bot->busy = true;
    term_.tasks.spawn("stop", stop_again(bot));
    return;
  }
  bool waits = observed == BotState::backing_off || observed == BotState::crash_loop;
  if (waits && retry_at(*bot) > uses_.clock.steady()) {
    plan(bot);
    return;
  }
  // A stop is not over yet, whatever is written already: its end asks for another look.
  if (is_up(observed) || observed == BotState::stopping || bot->stopping) return;
  bot->busy = true;
  ++starting_;
  auto event = waits ? BotEvent::retry : BotEvent::start;
  term_.tasks.spawn("start", start_again(bot, event, waits ? "trying again" : "it should be running"));
}

asio::awaitable<void> Reconciler::run() {
  for (const auto& [id, bot] : roster_.bots()) look(id);
  while (!term_.stopping()) {
    auto began = std::chrono::steady_clock::now();
    (void)tick();
    round_seconds_.with({}).observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    (void)co_await wakeup_.wait(uses_.limits.look_every);
  }
}

// Starting.

asio::awaitable<void> Reconciler::start_again(term::LiveBotPtr bot, BotEvent event, std::string cause) {
  auto outcome = Result<Unit>(Unit{});
  // `starting` without anybody starting it: left by the last program.
  if (bot->row.observed != BotState::starting) {
    outcome = co_await begin(bot, event, {"troupe"}, std::move(cause), false);
  }
  if (outcome) outcome = co_await bring_up(bot);
  if (!outcome && !term_.stopping()) {
    base::log_warning("fleet", "A bot could not be started.",
                      {{"bot", bot->row.bot_id}, {"reason", outcome.error().message()}});
  }
  bot->busy = false;
  --starting_;
  look(bot->row.id);
}

Task<Unit> Reconciler::start(term::LiveBotPtr bot, Actor actor, std::string cause) {
  auto observed = bot->row.observed;
  if (bot->row.desired == DesiredState::deleted) {
    co_return Error(Errc::conflict, "Bot " + bot->row.bot_id + " is being deleted.");
  }
  if (bot->row.desired == DesiredState::running && (is_up(observed) || observed == BotState::starting)) {
    co_return Unit{};
  }
  if (observed == BotState::stopping || bot->busy) {
    auto now = uses_.clock.unix_ms();
    auto id = bot->row.id;
    auto want = [&](store::Tx& tx) -> Result<Unit> {
      bots::update_desired(tx, id, DesiredState::running, now);
      return Unit{};
    };
    CO_TRY(co_await store_.write(want));
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

Task<Unit> Reconciler::begin(term::LiveBotPtr bot, BotEvent event, Actor actor, std::string cause, bool by_person) {
  Change change{.event = event, .actor = std::move(actor), .cause = std::move(cause)};
  change.counts_as_restart = event == BotEvent::retry;
  auto back_off = by_person ? BackOff{} : bot->row.back_off;
  back_off.next_try_ms.reset();
  change.back_off = back_off;
  if (by_person) change.desired = DesiredState::running;
  change.task = parts_.tasks.wanted(*bot);
  if (!bot->kind->reads_rooms_itself) change.take_up = take_up_of(bot->row, uses_.limits);
  CO_TRY(co_await parts_.transitions.apply(bot, std::move(change)));
  bot->bad_turns = 0;
  if (!term_.passes(term::LifeStep::wanted)) co_return Error(Errc::unavailable, "The fleet is stopping here.");
  co_return Unit{};
}

Task<Unit> Reconciler::bring_up(term::LiveBotPtr bot) {
  bot->starting = true;
  auto outcome = co_await launch(bot);
  if (!is_up(bot->row.observed)) bot->brain.reset();
  bot->starting = false;
  if (term_.stopping()) co_return Error(Errc::unavailable, "The fleet is stopping here.");
  if (is_up(bot->row.observed)) co_return Unit{};
  if (bot->row.observed != BotState::starting) {
    co_return Error(Errc::conflict, "Bot " + bot->row.bot_id + " was stopped while it was starting.");
  }
  if (outcome) outcome = std::unexpected(Error(Errc::internal, "The start led nowhere."));
  auto recorded = co_await could_not_start(bot, outcome.error());
  if (!recorded && !term_.stopping()) {
    base::log_error("fleet", "A failed start could not be recorded.",
                    {{"bot", bot->row.bot_id}, {"reason", recorded.error().message()}});
  }
  co_return outcome;
}

Task<Unit> Reconciler::launch(term::LiveBotPtr bot) {
  CO_TRY(co_await parts_.bring_up.ensure_account(bot));
  CO_TRY(co_await parts_.bring_up.learn_rooms(bot));
  if (bot->row.observed != BotState::starting) co_return Unit{};  // stopped meanwhile
  parts_.feed.take_up(bot, std::exchange(bot->taken_up, {}));
  CO_TRY(auto task, co_await parts_.tasks.launch(bot));
  bool still = bot->row.observed == BotState::starting;
  auto outcome = Result<Unit>(Unit{});
  if (still) {
    Change ready{.event = BotEvent::ready, .actor = {"troupe"}, .cause = parts_.tasks.launcher(*bot).started(task.pid)};
    ready.task = task;
    outcome = co_await parts_.transitions.apply(bot, std::move(ready));
  }
  if (!still || !outcome) {
    if (term_.stopping()) co_return Error(Errc::unavailable, "The fleet is stopping here.");
    // Nobody would know of it: the next start makes another one.
    CO_TRY(co_await parts_.tasks.stop(bot, bot->row.driver));
    co_return outcome;
  }
  if (!term_.passes(term::LifeStep::started)) co_return Unit{};
  parts_.tasks.watch(bot, task);
  parts_.runner.resume(bot);
  parts_.bring_up.look_around(bot);
  co_return Unit{};
}

Change Reconciler::try_later(const Bot& bot, std::string what) const {
  auto now = uses_.clock.unix_ms();
  const auto& limits = uses_.limits;
  auto next = next_try(bot, now, limits.start_retry, limits.max_retry, luck());
  auto wait = seconds_text(next.wait.count());
  Change change{.event = next.loop ? BotEvent::loop : BotEvent::back_off, .actor = {"troupe"}, .cause = {}};
  if (what.ends_with('.')) what.pop_back();  // it goes on
  change.cause =
      std::move(what) + (next.loop ? "; more than " + std::to_string(bot.restart.max_restarts) + " times in " +
                                         std::to_string(bot.restart.window_s) + " s, so the next try is in " + wait
                                   : "; next try in " + wait);
  change.back_off = next.back_off;
  // Decided here and not once it is written: the wall clock may be set in between.
  change.retry_at = uses_.clock.steady() + next.wait;
  return change;
}

Task<Unit> Reconciler::could_not_start(term::LiveBotPtr bot, Error error) {
  bool later = may_pass(error.code()) && bot->row.restart.mode != RestartPolicy::Mode::never;
  Change change;
  if (later) {
    change = try_later(bot->row, error.message());
  } else {
    // Only a person can mend this, and has to start it again; until then its messages are skipped, not kept.
    change = {.event = BotEvent::fail, .actor = {"troupe"}, .cause = error.message()};
    change.desired = DesiredState::stopped;
    change.skip_open_turns = true;
    parts_.runner.forget(*bot);
  }
  change.task_end = "could not start";
  co_return co_await parts_.transitions.apply(bot, std::move(change));
}

// Tasks that end by themselves.

void Reconciler::task_ended(term::LiveBotPtr bot, TaskEnd end) {
  if (bot->row.observed == BotState::stopping || bot->stopping) return;  // the stop records it
  term_.tasks.spawn("exit", record_end(std::move(bot), std::move(end)));
}

asio::awaitable<void> Reconciler::record_end(term::LiveBotPtr bot, TaskEnd end) {
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
    LastError error{.at_ms = uses_.clock.unix_ms(), .text = end.cause, .reference = {}};
    auto note = [&](store::Tx& tx) -> Result<Unit> {
      bots::set_last_error(tx, id, error);
      return Unit{};
    };
    if (co_await store_.write(note)) bot->row.last_error = std::move(error);
  }
  auto recorded = co_await parts_.transitions.apply(bot, std::move(steps));
  if (!is_up(bot->row.observed)) bot->brain.reset();
  if (!recorded && !term_.stopping()) {
    base::log_error("fleet", "The end of a bot's task could not be recorded.",
                    {{"bot", bot->row.bot_id}, {"reason", recorded.error().message()}});
  }
}

// Health.

void Reconciler::turn_ended(BotKey id, TurnState state, std::string_view detail) {
  auto bot = roster_.find(id);
  if (!bot) return;
  if (state == TurnState::failed) {
    log_.add(bot->row, "error", "brain", detail.empty() ? std::string_view("a turn failed") : detail);
    auto colon = detail.find(": ");
    bool has_reference = colon == 8;
    bot->row.last_error = LastError{.at_ms = uses_.clock.unix_ms(),
                                    .text = std::string(has_reference ? detail.substr(10) : detail),
                                    .reference = std::string(has_reference ? detail.substr(0, 8) : std::string_view())};
    if (bot->row.bad_turns++ == 0) tell_trouble(uses_.bus, bot->row);
    if (++bot->bad_turns == kBadTurnsInARow && bot->row.observed == BotState::running) {
      term_.tasks.spawn("health", change_health(bot, BotEvent::degrade,
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
    tell_trouble(uses_.bus, bot->row);
  }
  if (bot->row.observed == BotState::degraded) {
    term_.tasks.spawn("health", change_health(bot, BotEvent::mend, "it answers again"));
  }
}

asio::awaitable<void> Reconciler::change_health(term::LiveBotPtr bot, BotEvent event, std::string cause) {
  if (!next_state(bot->row.observed, event)) co_return;
  auto changed =
      co_await parts_.transitions.apply(bot, {.event = event, .actor = {"troupe"}, .cause = std::move(cause)});
  if (!changed && !term_.stopping() && changed.error().code() != Errc::conflict) {
    base::log_warning("fleet", "A bot's health could not be recorded.",
                      {{"bot", bot->row.bot_id}, {"reason", changed.error().message()}});
  }
}

}  // namespace troupe::fleet::life
