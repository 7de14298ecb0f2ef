// The reconciler's other half: stopping, deleting, and taking over after a restart.
#include "base/crypto.h"
#include "base/log.h"
#include "fleet/life/reconciler.h"
#include "fleet/turns/turn_store.h"

namespace troupe::fleet {

// Stopping.

asio::awaitable<void> Reconciler::stop_again(LiveBotPtr bot) {
  auto outcome = co_await stop(bot, {"troupe"}, "it should be stopped");
  if (!outcome && !shared_.stopping()) {
    base::log_warning("fleet", "A bot could not be stopped.",
                      {{"bot", bot->row.bot_id}, {"reason", outcome.error().message()}});
  }
  bot->busy = false;
  // Not at once: what refused may refuse again.
  if (!outcome) (void)co_await shared_.naps.sleep(shared_.deps.limits.first_retry);
  look(bot->row.id);
}

Task<Unit> Reconciler::stop(LiveBotPtr bot, Actor actor, std::string cause, DesiredState wanted) {
  auto observed = bot->row.observed;
  auto now = shared_.deps.clock.unix_ms();
  auto id = bot->row.id;
  bool left = observed == BotState::stopping && !bot->stopping;  // by a stop that could not end
  if (observed == BotState::created || observed == BotState::stopped || (observed == BotState::stopping && !left)) {
    if (bot->row.desired != wanted && bot->row.desired != DesiredState::deleted) {
      auto want = [&](store::Tx& tx) -> Result<Unit> {
        update_desired(tx, id, wanted, now);
        return Unit{};
      };
      CO_TRY([[maybe_unused]] auto noted, co_await shared_.write(want));
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

Task<Unit> Reconciler::stop_now(LiveBotPtr bot, Actor actor, std::string cause, DesiredState wanted, bool left) {
  bool process = bot->row.driver == Driver::process;
  if (!left) {
    Change begin{.event = BotEvent::stop, .actor = actor, .cause = std::move(cause)};
    begin.desired = wanted;
    begin.back_off = BackOff{};
    auto to = next_state(bot->row.observed, BotEvent::stop);
    begin.skip_open_turns = to == BotState::stopped;
    CO_TRY([[maybe_unused]] auto begun, co_await transitions_.apply(bot, std::move(begin)));
    if (process && !shared_.passes(LifeStep::before_stop)) {
      co_return Error(Errc::unavailable, "The fleet is stopping here.");
    }
  }
  bot->brain.reset();
  runner_.forget(*bot);
  if (bot->row.observed == BotState::stopped) co_return Unit{};
  // A reply that is being stored or sent comes to its end, and so does a start that is half done; what the brain still
  // thinks about is dropped.
  auto until = std::chrono::steady_clock::now() + shared_.deps.limits.stop_patience;
  while ((bot->sending > 0 || bot->starting) && std::chrono::steady_clock::now() < until) {
    if (!co_await shared_.naps.sleep(std::chrono::milliseconds(5))) break;
  }
  Change ended{.event = BotEvent::ended, .actor = std::move(actor), .cause = "nothing is under way any more"};
  ended.skip_open_turns = true;
  if (process) {
    auto end = co_await programs_.stop(bot);
    if (!end) co_return std::unexpected(std::move(end).error());
    if (!shared_.passes(LifeStep::after_stop)) co_return Error(Errc::unavailable, "The fleet is stopping here.");
    bot->task_run.clear();
    ended.cause = "its program: " + end->text;
    ended.task = programs_.ended(programs_.wanted(bot->row, bot->log_after), *end);
  }
  CO_TRY([[maybe_unused]] auto stopped, co_await transitions_.apply(bot, std::move(ended)));
  runner_.forget(*bot);
  co_return Unit{};
}

// Deleting.

asio::awaitable<void> Reconciler::remove_again(LiveBotPtr bot) {
  auto outcome = co_await remove(bot, {"troupe"});
  bot->busy = false;
  if (outcome || shared_.stopping()) co_return;
  base::log_warning("fleet", "A bot could not be deleted yet; trying again.",
                    {{"bot", bot->row.bot_id}, {"reason", outcome.error().message()}});
  if (co_await shared_.naps.sleep(std::chrono::seconds(2))) look(bot->row.id);
}

Task<Unit> Reconciler::remove(LiveBotPtr bot, Actor actor) {
  if (bot->removing) co_return Error(Errc::conflict, "Bot " + bot->row.bot_id + " is being deleted.");
  bot->removing = true;
  auto outcome = co_await stop(bot, actor, "it is being deleted", DesiredState::deleted);
  if (outcome && !is_at_rest(bot->row.observed)) {
    outcome = std::unexpected(Error(Errc::unavailable, "The bot is still stopping."));
  }
  if (outcome) outcome = co_await take_away(bot);
  if (outcome) {
    auto now = shared_.deps.clock.unix_ms();
    Bot row = bot->row;
    auto write = [&](store::Tx& tx) -> Result<std::int64_t> {
      delete_bot(tx, row.id);
      return insert_history(tx, row, "deleted", row.observed, row.observed, "deleted", actor.label, now);
    };
    auto history = co_await shared_.write(write);
    if (history) {
      roster_.remove(row.id);
      transitions_.count_states();
      shared_.deps.bus.ring(bus::Topic::bots, *history);
      co_return Unit{};
    }
    outcome = std::unexpected(std::move(history).error());
  }
  bot->removing = false;
  look(bot->row.id);  // it stays `deleted`: the reconciler goes on
  co_return outcome;
}

Task<Unit> Reconciler::take_away(LiveBotPtr bot) {
  auto& homeserver = shared_.deps.homeserver;
  auto joined = co_await homeserver.joined_rooms(bot->row.user_id);
  if (!joined && joined.error().code() != Errc::not_found) co_return std::unexpected(std::move(joined).error());
  if (joined) {
    for (const auto& room : *joined) {
      CO_TRY([[maybe_unused]] auto gone, co_await homeserver.leave(bot->row.user_id, room.room_id));
    }
  }
  if (bot->row.owns_account && !bot->row.sealed_password.empty()) {
    CO_TRY([[maybe_unused]] auto closed,
           co_await homeserver.set_password(bot->row.user_id, base::random_token(""), true));
  }
  if (bot->row.driver == Driver::process) {
    CO_TRY([[maybe_unused]] auto forgotten, co_await programs_.forget(bot));
  }
  co_return Unit{};
}

// Taking over.

Task<Unit> Reconciler::recover() {
  auto stock = co_await programs_.take_stock();
  if (!stock) {
    base::log_error("fleet", "The task driver cannot say which programs run.", {{"reason", stock.error().message()}});
  }
  auto look_up = [](store::Connection& c) -> Result<std::vector<TaskRow>> { return open_tasks(c); };
  CO_TRY(auto tasks, co_await shared_.deps.db.read(look_up));
  std::map<BotKey, TaskRow> task_of;
  for (auto& task : tasks) task_of[task.bot] = std::move(task);
  std::vector<LiveBotPtr> left;
  std::vector<std::pair<LiveBotPtr, std::optional<TaskRow>>> programs;
  for (const auto& [id, bot] : roster_.bots()) {
    auto task = task_of.find(id);
    bool open = task != task_of.end();
    if (open) bot->log_after = task->second.log_after;
    if (bot->row.driver == Driver::process || open) {
      if (open || !is_at_rest(bot->row.observed)) {
        programs.emplace_back(bot, open ? std::optional(task->second) : std::nullopt);
      }
    } else if (next_state(bot->row.observed, BotEvent::recover)) {
      left.push_back(bot);
    }
  }
  if (!left.empty()) {
    auto now = shared_.deps.clock.unix_ms();
    auto write = [&](store::Tx& tx) -> Result<std::vector<StateRow>> {
      TRY([[maybe_unused]] auto holds, shared_.check_holder(tx));
      std::vector<StateRow> rows;
      auto line = next_ids(tx, "history", std::ssize(left)) - std::ssize(left);
      for (const auto& bot : left) {
        TRY(auto to, advance(bot->row.bot_id, bot->row.observed, BotEvent::recover));
        insert_history(tx, ++line, bot->row, to_string(BotEvent::recover), bot->row.observed, to,
                       "the program was started again", "troupe", now);
        auto row = state_row(bot->row);
        row.observed = to;
        row.status_detail.clear();
        row.since_ms = now;
        if (to == BotState::stopped) {
          skip_open_turns(tx, bot->row.id, now);
        }
        set_state(tx, bot->row.id, row, to == BotState::starting, now);
        rows.push_back(std::move(row));
      }
      return rows;
    };
    CO_TRY(auto rows, co_await shared_.deps.db.write(write, {.lane = store::Lane::send, .savepoint = true}));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto& row = left[i]->row;
      row.desired = rows[i].desired;
      row.observed = rows[i].observed;
      row.status_detail.clear();
      row.since_ms = now;
      if (row.observed == BotState::starting) ++row.restarts;
    }
  }
  transitions_.count_states();
  recovering_ = programs.size() + 1;
  for (auto& [bot, task] : programs) {
    bot->busy = true;
    shared_.tasks.spawn("recover", recover_in_background(bot, std::move(task)));
  }
  shared_.tasks.spawn("strays", end_strays());
  co_return Unit{};
}

asio::awaitable<void> Reconciler::recover_in_background(LiveBotPtr bot, std::optional<TaskRow> task) {
  auto pause = shared_.deps.limits.first_retry;
  while (!shared_.stopping()) {
    auto recovered = co_await recover_program(bot, task);
    if (recovered || shared_.stopping()) break;
    base::log_warning("fleet", "The program of a bot could not be found again; trying once more.",
                      {{"bot", bot->row.bot_id}, {"reason", recovered.error().message()}});
    if (!co_await shared_.naps.sleep(pause)) break;
    pause = std::min<std::chrono::milliseconds>(pause * 2, std::chrono::seconds(10));
  }
  bot->busy = false;
  --recovering_;
  look(bot->row.id);
}

Task<Unit> Reconciler::recover_program(LiveBotPtr bot, std::optional<TaskRow> stored) {
  auto task = stored.value_or(programs_.wanted(bot->row, bot->log_after));
  CO_TRY(auto found, co_await programs_.find(task));
  auto observed = bot->row.observed;
  bool wanted = bot->row.desired == DesiredState::running && bot->row.driver == Driver::process;
  if (found.running && wanted && next_state(observed, BotEvent::adopt)) {
    Change adopt{.event = BotEvent::adopt, .actor = {"troupe"}, .cause = "its program was found running"};
    adopt.task = found.task;
    CO_TRY([[maybe_unused]] auto adopted, co_await transitions_.apply(bot, std::move(adopt)));
    CO_TRY([[maybe_unused]] auto rooms, co_await learn_rooms(shared_, roster_, invites_, bot));
    program_running(bot, found.task);
    co_return Unit{};
  }
  if (found.running) {
    CO_TRY(found.end, co_await programs_.stop(bot));
  }
  auto ended = programs_.ended(found.task, found.end);
  if (observed == BotState::stopping) {
    Change recover{.event = BotEvent::recover, .actor = {"troupe"}, .cause = "its program: " + found.end.text};
    recover.task = ended;
    recover.skip_open_turns = true;
    co_return co_await transitions_.apply(bot, std::move(recover));
  }
  if (is_up(observed) && wanted) {
    // It ended while nobody was there.
    co_await record_end(bot, found.task, found.end);
    if (is_up(bot->row.observed)) co_return Error(Errc::unavailable, "Its end is not recorded.");
    co_return Unit{};
  }
  if (is_up(observed)) {
    Change stop{.event = BotEvent::stop, .actor = {"troupe"}, .cause = "it should be stopped"};
    Change over{.event = BotEvent::ended, .actor = {"troupe"}, .cause = "its program: " + found.end.text};
    over.task = ended;
    over.skip_open_turns = true;
    std::vector<Change> steps;
    steps.push_back(std::move(stop));
    steps.push_back(std::move(over));
    co_return co_await transitions_.apply(bot, std::move(steps));
  }
  if (observed == BotState::starting && found.task.state == TaskState::running) {
    // Its start was recorded nowhere, and it has ended since: that was a start, and an end.
    co_await record_end(bot, found.task, found.end);
    co_return Unit{};
  }
  // `starting` and nothing runs: the reconciler starts it. At rest: nothing of it runs any more.
  auto id = bot->row.id;
  auto now = shared_.deps.clock.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (is_at_rest(observed)) end_task(tx, id, found.task.task_id, found.end.text, now);
    return Unit{};
  };
  co_return co_await shared_.write(write);
}

asio::awaitable<void> Reconciler::end_strays() {
  --recovering_;
  while (recovering_ > 0) {
    if (!co_await shared_.naps.sleep(std::chrono::milliseconds(20))) co_return;
  }
  std::vector<std::string> ids;
  for (const auto& [id, bot] : roster_.bots()) {
    // One that is at rest has no program: stopped by the command line while it ran on, for example.
    if (bot->row.driver == Driver::process && !is_at_rest(bot->row.observed)) ids.push_back(Programs::task_id(id));
  }
  if (auto ended = co_await programs_.end_strays(std::move(ids)); !ended) {
    base::log_error("fleet", "Stray programs could not be ended.", {{"reason", ended.error().message()}});
  }
}

}  // namespace troupe::fleet
