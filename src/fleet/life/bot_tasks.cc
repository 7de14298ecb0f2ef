#include "fleet/life/bot_tasks.h"

#include <boost/asio/post.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "base/log.h"

namespace troupe::fleet::life {
namespace {

constexpr std::string_view kTaskPrefix = "bot-";
/// How long one wait for output lasts: also how late the end of the fleet is seen.
constexpr std::chrono::milliseconds kPatience{1'000};
constexpr std::size_t kLinesAtOnce = 500;
constexpr std::chrono::seconds kStrayGrace{1};

std::string serialized(const runtime::TaskHandle& handle) { return boost::json::serialize(handle.to_json()); }

std::optional<runtime::TaskHandle> parsed(const std::string& stored) {
  if (stored.empty()) return std::nullopt;
  boost::system::error_code ec;
  auto handle = runtime::TaskHandle::from_json(boost::json::parse(stored, ec));
  return handle ? std::optional(*std::move(handle)) : std::nullopt;
}

/// 0: not a bot's task.
BotKey bot_of(std::string_view task_id) {
  if (!task_id.starts_with(kTaskPrefix)) return 0;
  task_id.remove_prefix(kTaskPrefix.size());
  BotKey bot = 0;
  auto [end, error] = std::from_chars(task_id.data(), task_id.data() + task_id.size(), bot);
  return error == std::errc() && end == task_id.data() + task_id.size() ? bot : 0;
}

runtime::ExitResult not_running(std::string error) { return {.code = -1, .error = std::move(error)}; }

/// How a task ended that does not run any more.
runtime::ExitResult exit_of(const Result<runtime::TaskStatus>& status) {
  return status && status->exit ? *status->exit : not_running("was lost: nobody knows how it ended");
}

}  // namespace

BotTasks::BotTasks(term::Term& term, term::TermStore& store, bots::BotLog& log, term::Roster& roster, const Uses& uses,
                   EndHandler on_end)
    : term_(term), store_(store), log_(log), roster_(roster), uses_(uses), on_end_(std::move(on_end)) {
  for (const auto& kind : uses.kinds.all()) {
    if (!kind.has_brain()) launchers_[&kind] = kind.launcher(uses.launchers);
  }
}
BotTasks::~BotTasks() = default;

std::string BotTasks::task_id(BotKey bot) { return std::string(kTaskPrefix) + std::to_string(bot); }

Launcher& BotTasks::launcher_of(const brains::BotKind& kind) const {
  return kind.has_brain() ? uses_.brains : *launchers_.at(&kind);
}

Launcher& BotTasks::launcher_on(const Bot& bot, std::string_view driver) const {
  const auto& kinds = uses_.kinds;
  if (bot.driver == driver) return launcher_of(kinds.of(bot.brain_kind));
  // It was of another kind then: of one that runs there.
  auto other = std::ranges::find(kinds.all(), driver, &brains::BotKind::driver);
  return launcher_of(other != kinds.all().end() ? *other : kinds.of(bot.brain_kind));
}

Result<runtime::TaskDriver*> BotTasks::driver_of(std::string_view name) const {
  auto* found = uses_.drivers.find(name);
  if (found == nullptr) {
    return Error(Errc::invalid_param,
                 "This server cannot run such bots: it has no task driver '" + std::string(name) + "'.");
  }
  return found;
}

// A term.

Task<Unit> BotTasks::begin() {
  found_.clear();
  silent_.clear();
  for (auto* driver : uses_.drivers.all()) {
    auto tell = [this, home = term_.home(), alive = std::weak_ptr(alive_)](const runtime::TaskEvent& event) {
      if (event.kind != runtime::TaskEventKind::exited && event.kind != runtime::TaskEventKind::lost) return;
      asio::post(home, [this, alive, event] {
        if (alive.lock()) heard(event);
      });
    };
    listening_.push_back(driver->on_event(std::move(tell)));
  }
  Result<Unit> silent = Unit{};
  for (auto* driver : uses_.drivers.all()) {
    if (!driver->capabilities().adopts) continue;
    // One that cannot be reached keeps nobody from the tasks of the others.
    if (auto listed = co_await list_tasks(driver); !listed) silent = std::move(listed);
  }
  co_return silent;
}

Task<Unit> BotTasks::list_tasks(runtime::TaskDriver* driver) {
  auto handles = co_await driver->list();
  if (!handles) {
    silent_.push_back(driver);
    co_return Error(handles.error().code(), std::string(driver->name()) + ": " + handles.error().message());
  }
  for (auto& handle : *handles) {
    if (bot_of(handle.task_id) != 0) found_[handle.task_id] = std::move(handle);
  }
  co_return Unit{};
}

Task<Unit> BotTasks::end(bool lost) {
  listening_.clear();
  std::vector<term::LiveBotPtr> bots;
  for (const auto& [id, bot] : roster_.bots()) {
    if (!is_at_rest(bot->row.observed)) bots.push_back(bot);
  }
  for (const auto& bot : bots) {
    auto driver = driver_of(bot->row.driver);
    if (!driver || ((*driver)->capabilities().adopts && !lost)) continue;
    auto stopped = co_await (*driver)->stop(task_id(bot->row.id), std::chrono::seconds(0));
    if (!stopped && stopped.error().code() != Errc::not_found) {
      base::log_error("fleet", "The task of a bot could not be ended.",
                      {{"bot", bot->row.bot_id}, {"reason", stopped.error().message()}});
    }
  }
  co_return Unit{};
}

// Start and stop.

TaskRow BotTasks::wanted(const term::LiveBot& bot) const {
  return {.bot = bot.row.id,
          .tenant_id = bot.row.tenant_id,
          .task_id = task_id(bot.row.id),
          .state = TaskState::wanted,
          .handle = {},
          .pid = 0,
          .started_ms = uses_.clock.unix_ms(),
          .ended_ms = std::nullopt,
          .exit_text = {},
          .log_after = bot.log_after};
}

Task<TaskRow> BotTasks::launch(term::LiveBotPtr bot) {
  auto task = wanted(*bot);
  auto& launcher = launcher_of(*bot->kind);
  CO_TRY(auto* driver, driver_of(bot->row.driver));
  CO_TRY(auto spec, co_await launcher.prepare(bot));
  spec.id = task.task_id;
  if (!term_.passes(term::LifeStep::before_start)) co_return Error(Errc::unavailable, "The fleet is stopping here.");
  auto started = co_await driver->start(spec);
  if (!started && started.error().code() == Errc::conflict) {
    // A task of this bot runs that nobody knew of: a program would have the old token. End it, then start ours.
    CO_TRY(co_await end_unknown(driver, task.task_id));
    started = co_await driver->start(std::move(spec));
  }
  CO_TRY(auto handle, std::move(started));
  if (!term_.passes(term::LifeStep::after_start)) co_return Error(Errc::unavailable, "The fleet is stopping here.");
  task.state = TaskState::running;
  task.handle = serialized(handle);
  task.started_ms = uses_.clock.unix_ms();
  if (auto status = co_await driver->inspect(task.task_id)) task.pid = status->pid.value_or(0);
  co_return task;
}

/// The driver itself may know it only when it is told to look: a start that failed half way has left it. Destroyed, it
/// would take along what the bot has written.
Task<Unit> BotTasks::end_unknown(runtime::TaskDriver* driver, std::string id) {
  auto stopped = co_await driver->stop(id, kStrayGrace);
  if (stopped) co_return Unit{};
  if (stopped.error().code() != Errc::not_found) co_return std::unexpected(std::move(stopped).error());
  CO_TRY(const auto handles, co_await driver->list());
  for (const auto& handle : handles) {
    if (handle.task_id != id) continue;
    CO_TRY(co_await driver->recover(handle));
    stopped = co_await driver->stop(id, kStrayGrace);
    if (stopped) continue;
    if (stopped.error().code() != Errc::not_found) co_return std::unexpected(std::move(stopped).error());
    CO_TRY(co_await driver->destroy(id));
  }
  co_return Unit{};
}

Task<TaskEnd> BotTasks::stop(term::LiveBotPtr bot, std::string driver) {
  auto& launcher = launcher_on(bot->row, driver);
  TaskEnd end = launcher.end_of(not_running("was not running"));
  if (auto runner = driver_of(driver)) {
    auto stopped = co_await (*runner)->stop(task_id(bot->row.id), launcher.grace(bot->row));
    if (stopped) {
      end = launcher.end_of(*stopped);
    } else if (stopped.error().code() != Errc::not_found) {
      co_return std::unexpected(std::move(stopped).error());
    }
  }
  CO_TRY(co_await launcher.release(bot));
  co_return end;
}

Task<Unit> BotTasks::forget(term::LiveBotPtr bot) {
  CO_TRY(co_await leave(bot, bot->row.driver));
  uses_.brains.forget(bot->row);
  for (const auto& [kind, launcher] : launchers_) launcher->forget(bot->row);
  co_return Unit{};
}

Task<Unit> BotTasks::leave(term::LiveBotPtr bot, std::string driver) {
  auto left = driver_of(driver);
  if (!left) co_return Unit{};  // not there any more, and nothing of its tasks with it
  co_return co_await (*left)->destroy(task_id(bot->row.id));
}

// Watching.

void BotTasks::watch(term::LiveBotPtr bot, const TaskRow& task) {
  auto handle = parsed(task.handle);
  if (!handle) return;
  bot->task_run = handle->run;
  if (launcher(*bot).has_output()) {
    term_.tasks.spawn("task output", take_output(bot, task, handle->run));
  }
  // It may have ended before anybody listened.
  term_.tasks.spawn("task", look_at_end(std::move(bot), std::move(handle->run)));
}

void BotTasks::heard(const runtime::TaskEvent& event) {
  auto bot = roster_.find(bot_of(event.task_id));
  // Stopped or started anew meanwhile: whoever did that knows.
  if (!bot || bot->task_run != event.run || term_.stopping()) return;
  term_.tasks.spawn("task", look_at_end(std::move(bot), event.run));
}

asio::awaitable<void> BotTasks::look_at_end(term::LiveBotPtr bot, std::string run) {
  auto driver = driver_of(bot->row.driver);
  while (driver && !term_.stopping()) {
    auto status = co_await (*driver)->inspect(task_id(bot->row.id));
    if (term_.stopping() || bot->task_run != run) co_return;
    if (!status && status.error().code() != Errc::not_found) {
      if (!co_await term_.stop.sleep(kPatience)) co_return;
      continue;
    }
    if (status && status->state == runtime::TaskState::running) co_return;
    if (!term_.passes(term::LifeStep::exited)) co_return;
    bot->task_run.clear();
    on_end_(bot, launcher(*bot).end_of(exit_of(status)));
    co_return;
  }
}

asio::awaitable<void> BotTasks::take_output(term::LiveBotPtr bot, TaskRow task, std::string run) {
  auto driver = driver_of(bot->row.driver);
  auto after = std::max(task.log_after, bot->log_after);
  auto stored = after;
  while (driver && !term_.stopping()) {
    bool last = bot->task_run != run;
    auto page = co_await (*driver)->follow(task.task_id, after, kLinesAtOnce, last ? kPatience * 0 : kPatience);
    if (term_.stopping()) co_return;
    if (page) {
      for (const auto& line : page->lines) {
        log_.add_output(bot->row,
                        line.source == runtime::LogSource::err   ? "stderr"
                        : line.source == runtime::LogSource::out ? "stdout"
                                                                 : "driver",
                        line.text);
      }
      after = std::max(after, page->next_after);
    }
    if (after != stored) {
      bot->log_after = after;
      auto flushed = co_await log_.flush();
      auto id = bot->row.id;
      auto note = [&](store::Tx& tx) -> Result<Unit> {
        set_task_log(tx, id, task.task_id, after);
        return Unit{};
      };
      if (flushed) {
        if (auto noted = co_await store_.write(note)) stored = after;
      }
    }
    bool more = page && page->lines.size() == kLinesAtOnce;
    if (last && !more) co_return;
    if (!page && !co_await term_.stop.sleep(kPatience)) co_return;
  }
}

// After a restart of Troupe.

std::optional<runtime::TaskHandle> BotTasks::handle_of(const Bot& bot, const std::optional<TaskRow>& task) const {
  // What the driver finds is newer than what was stored: a kill may have come between the start and its row.
  if (auto seen = found_.find(task_id(bot.id)); seen != found_.end()) return seen->second;
  return task ? parsed(task->handle) : std::nullopt;
}

bool BotTasks::may_live(const Bot& bot, const std::optional<TaskRow>& task) const {
  auto handle = handle_of(bot, task);
  auto driver = driver_of(handle ? handle->driver : bot.driver);
  return !driver || (*driver)->capabilities().adopts;
}

Task<BotTasks::Found> BotTasks::find(term::LiveBotPtr bot, TaskRow task) {
  auto handle = handle_of(bot->row, task);
  Found found{.running = false, .driver = handle ? handle->driver : bot->row.driver, .task = task, .end = {}};
  auto& launcher = launcher_on(bot->row, found.driver);
  found.end = launcher.end_of(not_running("was not running any more"));
  auto driver = driver_of(found.driver);
  if (!handle || !driver) co_return found;
  auto status = co_await (*driver)->recover(*handle);
  if (!status) {
    auto code = status.error().code();
    if (code != Errc::not_found && code != Errc::invalid_param) co_return std::unexpected(std::move(status).error());
    co_return found;
  }
  if (status->state != runtime::TaskState::running) {
    found.end = launcher.end_of(exit_of(status));
    co_return found;
  }
  found.running = true;
  found.task.state = TaskState::running;
  found.task.handle = serialized(status->handle);
  found.task.pid = status->pid.value_or(0);
  if (status->started_at > 0) found.task.started_ms = status->started_at;
  found.task.ended_ms.reset();
  found.task.exit_text.clear();
  co_return found;
}

Task<Unit> BotTasks::end_strays() {
  Result<Unit> silent = Unit{};
  for (auto* driver : std::exchange(silent_, {})) {
    if (auto listed = co_await list_tasks(driver); !listed) silent = std::move(listed);
  }
  for (const auto& [id, handle] : std::exchange(found_, {})) {
    auto bot = roster_.find(bot_of(id));
    // One that is at rest has no task: stopped by the command line while it ran on, for example.
    if (bot && !is_at_rest(bot->row.observed) && bot->row.driver == handle.driver) continue;
    auto driver = driver_of(handle.driver);
    if (!driver) continue;
    auto status = co_await (*driver)->recover(handle);
    Result<Unit> gone = Unit{};
    if (bot && bot->row.driver == handle.driver) {
      // What a bot at rest has written is there when it is started again.
      if (!status || status->state != runtime::TaskState::running) continue;
      auto stopped = co_await (*driver)->stop(id, kStrayGrace);
      if (!stopped) gone = std::unexpected(std::move(stopped).error());
    } else {
      gone = co_await (*driver)->destroy(id);
    }
    base::log_warning("fleet", "A task of a bot was there that nobody wants; it is ended.", {{"task", id}});
    if (!gone) base::log_error("fleet", "It could not be ended.", {{"task", id}, {"reason", gone.error().message()}});
  }
  co_return silent;
}

}  // namespace troupe::fleet::life
