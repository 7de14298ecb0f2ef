#include "fleet/life/transitions.h"

#include <boost/asio/as_tuple.hpp>

#include "base/log.h"
#include "fleet/turns/turn_store.h"

namespace troupe::fleet::life {
namespace {

constexpr std::size_t kBotsPerCommit = 500;

/// Its cause is shown beside the state.
bool is_trouble(BotEvent event) {
  return event == BotEvent::fail || event == BotEvent::exit || event == BotEvent::back_off || event == BotEvent::loop ||
         event == BotEvent::degrade;
}

}  // namespace

Transitions::Transitions(term::Term& term, term::TermStore& store, bots::BotLog& log, term::Roster& roster,
                         const Uses& uses, std::function<void(const term::LiveBotPtr&)> on_change)
    : term_(term),
      store_(store),
      log_(log),
      roster_(roster),
      uses_(uses),
      on_change_(std::move(on_change)),
      bots_by_state_(uses.metrics.gauge("troupe_fleet_bots", "Bots by observed state.", {"state"})) {}

void Transitions::count_states() {
  counts_.clear();
  for (const auto& [id, bot] : roster_.bots()) ++counts_[bot->row.observed];
  for (auto state : kBotStates) bots_by_state_.with({std::string(to_string(state))}).set(counts_[state]);
}

Task<Unit> Transitions::apply(term::LiveBotPtr bot, Change step) {
  std::vector<Change> steps;
  steps.push_back(std::move(step));
  co_return co_await apply(std::move(bot), std::move(steps));
}

Task<Unit> Transitions::apply(term::LiveBotPtr bot, std::vector<Change> steps) {
  if (term_.stopping()) co_return Error(Errc::unavailable, "The fleet is stopping here.");
  auto pending = std::make_shared<Pending>(std::move(bot), std::move(steps), term_.home());
  waiting_.push_back(pending);
  if (!flushing_) {
    flushing_ = true;
    term_.tasks.spawn("transitions", flush());  // later: whoever else changes something now shares the commit
  }
  while (!pending->outcome) co_await pending->done.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return *std::move(pending->outcome);
}

asio::awaitable<void> Transitions::flush() {
  while (!waiting_.empty()) {
    std::vector<PendingPtr> batch;
    while (!waiting_.empty() && batch.size() < kBotsPerCommit) {
      batch.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    auto now = uses_.clock.unix_ms();
    auto operation = [&](store::Tx& tx) { return write(tx, batch, now); };
    auto written = co_await store_.write(operation, {.lane = store::Lane::send, .savepoint = true});
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (written) {
        publish(*batch[i], std::move(written->bots[i]));
      } else {
        batch[i]->outcome = std::unexpected(written.error());
      }
      batch[i]->done.cancel();
    }
    if (written && written->last_history > 0) uses_.bus.ring(bus::Topic::bots, written->last_history);
  }
  flushing_ = false;
}

Result<Transitions::Batch> Transitions::write(store::Tx& tx, const std::vector<PendingPtr>& pending,
                                              base::UnixMs now) const {
  std::int64_t lines = 0;
  for (const auto& one : pending) lines += std::ssize(one->steps);
  auto last = bots::next_ids(tx, "history", lines);  // a refused step leaves a gap
  auto line = last - lines;
  Batch batch;
  for (const auto& one : pending) {
    auto made = decide(tx, *one, now);
    if (made.outcome) {
      const auto& bot = one->bot->row;
      auto from = made.from;
      for (std::size_t step = 0; step < one->steps.size(); ++step) {
        const auto& change = one->steps[step];
        bots::insert_history(tx, ++line, bot,
                             {.event = to_string(change.event),
                              .from = from,
                              .to = made.passed[step],
                              .cause = change.cause,
                              .actor = change.actor.label,
                              .at_ms = now});
        from = made.passed[step];
        if (change.task) store_task(tx, *change.task);
        if (change.task_end) end_task(tx, bot.id, *change.task_end, now);
        if (change.skip_open_turns) turns::skip_open_turns(tx, bot.id, now);
        if (change.take_up) made.taken_up = turns::take_up(tx, bot.id, *change.take_up, now);
      }
      bots::set_state(tx, bot.id, made.row, made.restarted, now);
      batch.last_history = last;
    }
    batch.bots.push_back(std::move(made));
  }
  return batch;
}

Transitions::Written Transitions::decide(store::Tx& tx, const Pending& pending, base::UnixMs now) {
  const auto& bot = pending.bot->row;
  Written made;
  auto states = bots::states_of(tx, bot.id);
  if (!states) {
    made.outcome = std::unexpected(Error(Errc::not_found, "This bot has been deleted."));
    return made;
  }
  made.from = states->observed;
  made.row = {.desired = states->desired,
              .observed = states->observed,
              .status_detail = bot.status_detail,
              .since_ms = now,
              .back_off = bot.back_off};
  for (const auto& step : pending.steps) {
    auto to = advance(bot.bot_id, made.row.observed, step.event);
    if (!to) {
      made.outcome = std::unexpected(std::move(to).error());
      return made;
    }
    made.row.observed = *to;
    made.row.status_detail = is_trouble(step.event) ? step.cause : "";
    // A desired deletion is never taken back.
    if (step.desired && made.row.desired != DesiredState::deleted) made.row.desired = *step.desired;
    if (step.back_off) made.row.back_off = *step.back_off;
    made.restarted = made.restarted || step.counts_as_restart;
    made.passed.push_back(*to);
  }
  return made;
}

void Transitions::publish(Pending& pending, Written written) {
  pending.outcome = std::move(written.outcome);
  if (!*pending.outcome) return;
  auto& row = pending.bot->row;
  --counts_[row.observed];
  ++counts_[written.row.observed];
  for (auto state : {row.observed, written.row.observed}) {
    bots_by_state_.with({std::string(to_string(state))}).set(counts_[state]);
  }
  row.desired = written.row.desired;
  row.observed = written.row.observed;
  row.status_detail = std::move(written.row.status_detail);
  row.since_ms = row.updated_ms = written.row.since_ms;
  row.back_off = written.row.back_off;
  if (written.restarted) ++row.restarts;
  if (!written.taken_up.empty()) pending.bot->taken_up = std::move(written.taken_up);
  for (std::size_t step = 0; step < pending.steps.size(); ++step) {
    const auto& change = pending.steps[step];
    if (change.back_off) pending.bot->retry_at = change.retry_at;
    auto state = std::string(to_string(written.passed[step]));
    log_.add(row,
             change.event == BotEvent::fail || change.event == BotEvent::loop ? "error"
             : is_trouble(change.event)                                       ? "warning"
                                                                              : "info",
             "lifecycle", state + ": " + change.cause);
    base::log_info("fleet", "A bot changed its state.",
                   {{"bot", row.bot_id},
                    {"event", to_string(change.event)},
                    {"state", state},
                    {"cause", change.cause},
                    {"actor", change.actor.label}});
  }
  on_change_(pending.bot);
}

}  // namespace troupe::fleet::life
