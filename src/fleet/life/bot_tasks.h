// Every bot is a task of a driver, which its row names (types/bot.h); its kind says what the task is given: a coroutine
// with its brain inside Troupe, or a program of its own. Starts it, watches it by the driver's events, takes its output
// over into the bot's log, and finds it again after a restart of Troupe. Who decides is the reconciler.
#pragma once
#include "fleet/bots/bot_log.h"
#include "fleet/life/launcher.h"
#include "fleet/life/task_store.h"
#include "fleet/term/roster.h"
#include "fleet/term/term_store.h"
#include "runtime/task_driver.h"

namespace troupe::fleet::life {

/// On the fleet's executor. Every task id is made from the bot's number: a bot has one task at most.
class BotTasks {
 public:
  /// Told when a task that is watched has ended by itself.
  using EndHandler = std::function<void(term::LiveBotPtr, TaskEnd)>;
  /// All of it outlives this.
  struct Uses {
    const brains::BotKinds& kinds;
    const runtime::Drivers& drivers;  ///< what bots run on
    const base::Clock& clock;
    Launcher& brains;  ///< of all kinds that have one
    const LauncherUses& launchers;
  };
  BotTasks(term::Term& term, term::TermStore& store, bots::BotLog& log, term::Roster& roster, const Uses& uses,
           EndHandler on_end);
  ~BotTasks();

  static std::string task_id(BotKey bot);
  const Launcher& launcher(const term::LiveBot& bot) const { return launcher_of(*bot.kind); }

  /// Listens to the drivers, and looks at what those can find whose tasks go on while Troupe is away.
  Task<Unit> begin();
  /// The end of a term: ends the tasks that would not go on by themselves; all of them when another process holds the
  /// fleet now (`lost`) and starts its own.
  Task<Unit> end(bool lost);

  /// The row to be written before the start.
  TaskRow wanted(const term::LiveBot& bot) const;
  /// Prepares and starts the bot's task. Errors: those of the launcher and of the driver.
  Task<TaskRow> launch(term::LiveBotPtr bot);
  /// From now on its end is told, and its output taken over.
  void watch(term::LiveBotPtr bot, const TaskRow& task);
  /// Ends the task that this driver may run for the bot, waits until nothing of it runs, and takes away what it was
  /// given.
  Task<TaskEnd> stop(term::LiveBotPtr bot, std::string driver);
  /// Removes all that is left of a deleted bot's tasks. Only its own driver is asked.
  Task<Unit> forget(term::LiveBotPtr bot);
  /// The bot runs on another driver from now on: removes what the task that has ended leaves with this one.
  Task<Unit> leave(term::LiveBotPtr bot, std::string driver);

  /// Whether the bot's last task may have outlived the Troupe that started it; `task`: its open row.
  bool may_live(const Bot& bot, const std::optional<TaskRow>& task) const;
  /// What became of a task while Troupe was away.
  struct Found {
    bool running = false;
    std::string driver;  ///< that it was started with
    TaskRow task;        ///< with its present handle, when running
    TaskEnd end;         ///< when it does not run
  };
  Task<Found> find(term::LiveBotPtr bot, TaskRow task);
  /// Ends tasks that belong to no bot that should have one, and asks the drivers that could not say in begin() once
  /// more. After all bots are gone through; error: one of them still cannot say, so that it has to be called again.
  Task<Unit> end_strays();

 private:
  Launcher& launcher_of(const brains::BotKind& kind) const;
  /// Of the task that this driver runs for the bot.
  Launcher& launcher_on(const Bot& bot, std::string_view driver) const;
  Result<runtime::TaskDriver*> driver_of(std::string_view name) const;
  std::optional<runtime::TaskHandle> handle_of(const Bot& bot, const std::optional<TaskRow>& task) const;
  /// Of one that can find its tasks; error: with the driver's name.
  Task<Unit> list_tasks(runtime::TaskDriver* driver);
  Task<Unit> end_unknown(runtime::TaskDriver* driver, std::string id);
  void heard(const runtime::TaskEvent& event);
  asio::awaitable<void> look_at_end(term::LiveBotPtr bot, std::string run);
  asio::awaitable<void> take_output(term::LiveBotPtr bot, TaskRow task, std::string run);

  term::Term& term_;
  term::TermStore& store_;
  bots::BotLog& log_;
  term::Roster& roster_;
  Uses uses_;
  EndHandler on_end_;
  std::map<const brains::BotKind*, std::unique_ptr<Launcher>> launchers_;  ///< of the other kinds
  std::vector<base::SubscriptionPtr> listening_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< events are posted, and may come late
  std::map<std::string, runtime::TaskHandle> found_;            ///< by task id, from begin()
  std::vector<runtime::TaskDriver*> silent_;                    ///< could not say what they run
};

}  // namespace troupe::fleet::life
