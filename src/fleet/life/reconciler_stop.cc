// The reconciler's other half: stopping, deleting, and taking over after a restart.
#include "base/crypto.h"
#include "base/log.h"
#include "fleet/encryption/encryption_store.h"
#include "fleet/life/reconciler.h"
#include "fleet/turns/turn_store.h"

namespace troupe::fleet::life {
namespace {

constexpr std::chrono::seconds kBeforeStraysAgain{30};

}  // namespace

// Stopping.

asio::awaitable<void> Reconciler::stop_again(term::LiveBotPtr bot) {
  auto outcome = co_await stop(bot, {"troupe"}, "it should be stopped");
  if (!outcome && !term_.stopping()) {
    base::log_warning("fleet", "A bot could not be stopped.",
                      {{"bot", bot->row.bot_id}, {"reason", outcome.error().message()}});
  }
  bot->busy = false;
  // Not at once: what refused may refuse again.
  if (!outcome) (void)co_await term_.stop.sleep(uses_.limits.first_retry);
  look(bot->row.id);
}

Task<Unit> Reconciler::stop(term::LiveBotPtr bot, Actor actor, std::string cause, DesiredState wanted) {
  // Another stop is under way whose beginning is not written yet.
  while (bot->stopping && bot->row.observed != BotState::stopping && !is_at_rest(bot->row.observed)) {
    if (!co_await term_.stop.sleep(std::chrono::milliseconds(5))) {
      co_return Error(Errc::unavailable, "The fleet is stopping here.");
    }
  }
  auto observed = bot->row.observed;
  auto now = uses_.clock.unix_ms();
  auto id = bot->row.id;
  bool left = observed == BotState::stopping && !bot->stopping;  // by a stop that could not end
  const bool nothing_to_stop = observed == BotState::created || observed == BotState::stopped ||
                               observed == BotState::completed || (observed == BotState::stopping && !left);
  if (nothing_to_stop) {
    if (bot->row.desired != wanted && bot->row.desired != DesiredState::deleted) {
      auto want = [&](store::Tx& tx) -> Result<Unit> {
        bots::update_desired(tx, id, wanted, now);
        return Unit{};
      };
      CO_TRY(co_await store_.write(want));
      bot->row.desired = wanted;
    }
    co_return Unit{};
  }
  bot->stopping = true;
  auto outcome = co_await stop_now(bot, std::move(actor), std::move(cause), wanted, left);
  bot->stopping = false;
  look(id);
  co_return outcome;
}

Task<Unit> Reconciler::stop_now(term::LiveBotPtr bot, Actor actor, std::string cause, DesiredState wanted, bool left) {
  if (!left) {
    Change begin{.event = BotEvent::stop, .actor = actor, .cause = std::move(cause)};
    begin.desired = wanted;
    begin.back_off = BackOff{};
    auto to = next_state(bot->row.observed, BotEvent::stop);
    begin.skip_open_turns = to == BotState::stopped;
    CO_TRY(co_await parts_.transitions.apply(bot, std::move(begin)));
    if (!term_.passes(term::LifeStep::before_stop)) co_return Error(Errc::unavailable, "The fleet is stopping here.");
  }
  bot->brain.reset();
  parts_.runner.forget(*bot);
  if (bot->row.observed == BotState::stopped) co_return Unit{};
  // A start that is half done comes to its end, and so does, by the task itself, a reply that is being stored or sent;
  // what the brain still thinks about is dropped.
  auto until = std::chrono::steady_clock::now() + uses_.limits.stop_patience;
  while (bot->starting && std::chrono::steady_clock::now() < until) {
    if (!co_await term_.stop.sleep(std::chrono::milliseconds(5))) break;
  }
  CO_TRY(auto end, co_await parts_.tasks.stop(bot, bot->row.driver));
  if (!term_.passes(term::LifeStep::after_stop)) co_return Error(Errc::unavailable, "The fleet is stopping here.");
  bot->task_run.clear();
  Change ended{.event = BotEvent::ended, .actor = std::move(actor), .cause = end.cause};
  ended.skip_open_turns = true;
  ended.task_end = end.text;
  CO_TRY(co_await parts_.transitions.apply(bot, std::move(ended)));
  parts_.runner.forget(*bot);
  co_return Unit{};
}

// Deleting.

asio::awaitable<void> Reconciler::remove_again(term::LiveBotPtr bot) {
  auto outcome = co_await remove(bot, {"troupe"});
  bot->busy = false;
  if (outcome || term_.stopping()) co_return;
  base::log_warning("fleet", "A bot could not be deleted yet; trying again.",
                    {{"bot", bot->row.bot_id}, {"reason", outcome.error().message()}});
  if (co_await term_.stop.sleep(std::chrono::seconds(2))) look(bot->row.id);
}

Task<Unit> Reconciler::remove(term::LiveBotPtr bot, Actor actor) {
  if (bot->removing) co_return Error(Errc::conflict, "Bot " + bot->row.bot_id + " is being deleted.");
  bot->removing = true;
  auto outcome = co_await stop(bot, actor, "it is being deleted", DesiredState::deleted);
  while (outcome && bot->stopping) {  // somebody else stops it already
    if (!co_await term_.stop.sleep(std::chrono::milliseconds(10))) break;
  }
  if (outcome && !is_at_rest(bot->row.observed)) {
    outcome = std::unexpected(Error(Errc::unavailable, "The bot is still stopping."));
  }
  if (outcome) outcome = co_await take_away(bot);
  if (outcome) {
    auto now = uses_.clock.unix_ms();
    Bot row = bot->row;
    auto write = [&](store::Tx& tx) -> Result<std::int64_t> {
      bots::delete_bot(tx, row.id);
      encryption::delete_keys_of(tx, row.id);
      return bots::insert_history(tx, row, {"deleted", row.observed, row.observed, "deleted", actor.label, now});
    };
    auto history = co_await store_.write(write);
    if (history) {
      roster_.remove(row.id);
      parts_.transitions.count_states();
      uses_.bus.ring(bus::Topic::bots, *history);
      co_return Unit{};
    }
    outcome = std::unexpected(std::move(history).error());
  }
  bot->removing = false;
  look(bot->row.id);  // it stays `deleted`: the reconciler goes on
  co_return outcome;
}

Task<Unit> Reconciler::take_away(term::LiveBotPtr bot) {
  auto joined = co_await uses_.rooms.joined_rooms(bot->row.user_id);
  if (!joined && joined.error().code() != Errc::not_found) co_return std::unexpected(std::move(joined).error());
  if (joined) {
    for (const auto& room : *joined) {
      CO_TRY(co_await uses_.rooms.leave(bot->row.user_id, room.room_id));
    }
  }
  // Others would go on encrypting to a device that nobody has the keys of.
  auto look = [bot = bot->row.id](store::Connection& c) -> Result<std::optional<encryption::DeviceRow>> {
    return encryption::find_device(c, bot);
  };
  CO_TRY(const auto device, co_await store_.look(look));
  if (device) {
    auto ended = co_await uses_.accounts.revoke_token(bot->row.user_id, device->device_id);
    if (!ended && ended.error().code() != Errc::not_found) co_return ended;
  }
  if (bot->row.owns_account && !bot->row.sealed_password.empty()) {
    CO_TRY(co_await uses_.accounts.set_password(bot->row.user_id, base::random_token(""), true));
  }
  co_return co_await parts_.tasks.forget(bot);
}

// Taking over.

Task<Unit> Reconciler::recover() {
  if (auto begun = co_await parts_.tasks.begin(); !begun) {
    base::log_error("fleet", "A task driver cannot say what runs.", {{"reason", begun.error().message()}});
  }
  auto look_up = [](store::Connection& c) -> Result<std::vector<TaskRow>> { return all_tasks(c); };
  CO_TRY(auto rows, co_await store_.look(look_up));
  std::map<BotKey, TaskRow> open;
  for (auto& row : rows) {
    if (auto bot = roster_.find(row.bot)) bot->log_after = row.log_after;
    if (row.state != TaskState::ended) open[row.bot] = std::move(row);
  }
  std::vector<term::LiveBotPtr> left;
  std::vector<std::pair<term::LiveBotPtr, std::optional<TaskRow>>> living;
  for (const auto& [id, bot] : roster_.bots()) {
    auto row = open.find(id);
    auto task = row == open.end() ? std::nullopt : std::optional(row->second);
    if (parts_.tasks.may_live(bot->row, task)) {
      if (task || !is_at_rest(bot->row.observed)) living.emplace_back(bot, std::move(task));
    } else if (next_state(bot->row.observed, BotEvent::recover)) {
      left.push_back(bot);
    }
  }
  if (!left.empty()) {
    CO_TRY(co_await begin_again(left));
  }
  parts_.transitions.count_states();
  recovering_ = living.size() + 1;
  for (auto& [bot, task] : living) {
    bot->busy = true;
    term_.tasks.spawn("recover", recover_in_background(bot, std::move(task)));
  }
  term_.tasks.spawn("strays", end_strays());
  co_return Unit{};
}

/// Their tasks have ended with the program that ran them.
Task<Unit> Reconciler::begin_again(const std::vector<term::LiveBotPtr>& bots) {
  auto now = uses_.clock.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<std::vector<bots::StateRow>> {
    std::vector<bots::StateRow> rows;
    auto line = bots::next_ids(tx, "history", std::ssize(bots)) - std::ssize(bots);
    for (const auto& bot : bots) {
      TRY(auto to, advance(bot->row.bot_id, bot->row.observed, BotEvent::recover));
      bots::insert_history(tx, ++line, bot->row,
                           {.event = to_string(BotEvent::recover),
                            .from = bot->row.observed,
                            .to = to,
                            .cause = "the program was started again",
                            .actor = "troupe",
                            .at_ms = now});
      auto row = bots::state_row(bot->row);
      row.observed = to;
      row.status_detail.clear();
      row.since_ms = now;
      if (to == BotState::stopped) {
        turns::skip_open_turns(tx, bot->row.id, now);
        end_task(tx, bot->row.id, "ended with Troupe", now);
      }
      bots::set_state(tx, bot->row.id, row, false, now);  // Troupe was started again, not the bot
      rows.push_back(std::move(row));
    }
    return rows;
  };
  CO_TRY(auto rows, co_await store_.write(write, {.lane = store::Lane::send, .savepoint = true}));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto& row = bots[i]->row;
    row.desired = rows[i].desired;
    row.observed = rows[i].observed;
    row.status_detail.clear();
    row.since_ms = now;
  }
  co_return Unit{};
}

asio::awaitable<void> Reconciler::recover_in_background(term::LiveBotPtr bot, std::optional<TaskRow> task) {
  auto pause = uses_.limits.first_retry;
  while (!term_.stopping()) {
    auto recovered = co_await recover_task(bot, task);
    if (recovered || term_.stopping()) break;
    base::log_warning("fleet", "The task of a bot could not be found again; trying once more.",
                      {{"bot", bot->row.bot_id}, {"reason", recovered.error().message()}});
    if (!co_await term_.stop.sleep(pause)) break;
    pause = std::min<std::chrono::milliseconds>(pause * 2, std::chrono::seconds(10));
  }
  bot->busy = false;
  --recovering_;
  look(bot->row.id);
}

Task<Unit> Reconciler::recover_task(term::LiveBotPtr bot, std::optional<TaskRow> stored) {
  bool was_running = stored && stored->state == TaskState::running;
  CO_TRY(auto found, co_await parts_.tasks.find(bot, stored.value_or(parts_.tasks.wanted(*bot))));
  auto observed = bot->row.observed;
  bool wanted = bot->row.desired == DesiredState::running && bot->row.driver == found.driver;
  if (found.running && wanted && next_state(observed, BotEvent::adopt)) {
    Change adopt{.event = BotEvent::adopt, .actor = {"troupe"}, .cause = "its program was found running"};
    adopt.task = found.task;
    CO_TRY(co_await parts_.transitions.apply(bot, std::move(adopt)));
    CO_TRY(co_await parts_.bring_up.learn_rooms(bot));
    parts_.tasks.watch(bot, found.task);
    co_return Unit{};
  }
  if (found.running) {
    CO_TRY(found.end, co_await parts_.tasks.stop(bot, found.driver));
  }
  if (observed == BotState::stopping) {
    Change recover{.event = BotEvent::recover, .actor = {"troupe"}, .cause = found.end.cause};
    recover.task_end = found.end.text;
    recover.skip_open_turns = true;
    co_return co_await parts_.transitions.apply(bot, std::move(recover));
  }
  if (is_up(observed) && wanted) {
    // It ended while nobody was there.
    co_await record_end(bot, found.end);
    if (is_up(bot->row.observed)) co_return Error(Errc::unavailable, "Its end is not recorded.");
    co_return Unit{};
  }
  if (is_up(observed)) {
    Change stop{.event = BotEvent::stop, .actor = {"troupe"}, .cause = "it should be stopped"};
    Change over{.event = BotEvent::ended, .actor = {"troupe"}, .cause = found.end.cause};
    over.task_end = found.end.text;
    over.skip_open_turns = true;
    std::vector<Change> steps;
    steps.push_back(std::move(stop));
    steps.push_back(std::move(over));
    co_return co_await parts_.transitions.apply(bot, std::move(steps));
  }
  if (observed == BotState::starting && was_running) {
    // Its start was recorded nowhere, and it has ended since: that was a start, and an end.
    co_await record_end(bot, found.end);
    co_return Unit{};
  }
  // `starting` and nothing runs: the reconciler starts it. At rest: nothing of it runs any more.
  auto id = bot->row.id;
  auto now = uses_.clock.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (is_at_rest(observed)) end_task(tx, id, found.end.text, now);
    return Unit{};
  };
  co_return co_await store_.write(write);
}

asio::awaitable<void> Reconciler::end_strays() {
  --recovering_;
  while (recovering_ > 0) {
    if (!co_await term_.stop.sleep(std::chrono::milliseconds(20))) co_return;
  }
  while (true) {
    auto ended = co_await parts_.tasks.end_strays();
    if (ended) co_return;
    base::log_error("fleet", "Whether tasks run that nobody wants is not known; it is asked again.",
                    {{"reason", ended.error().message()}});
    if (!co_await term_.stop.sleep(kBeforeStraysAgain)) co_return;
  }
}

}  // namespace troupe::fleet::life
