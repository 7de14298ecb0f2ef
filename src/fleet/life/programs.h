// Bots that are programs: hands a program its account, starts it through a task driver, watches it, takes its output
// over into the bot's log, and finds it again after a restart of Troupe. Who decides is the reconciler.
#pragma once
#include "fleet/brains/program_brain.h"
#include "fleet/deps.h"
#include "fleet/life/task_store.h"
#include "fleet/roster.h"
#include "runtime/task_driver.h"

namespace troupe::fleet {

/// How a program ended, for the life cycle.
struct ProgramEnd {
  bool success = false;
  std::string text;  ///< "exited with code 3", …
};

/// On the fleet's executor. Every task id is made from the bot's number: a bot has one program at most.
class Programs {
 public:
  explicit Programs(Shared& shared);

  static std::string task_id(BotKey bot);
  /// The row to be written before the start.
  TaskRow wanted(const Bot& bot, std::int64_t log_after) const;
  TaskRow ended(TaskRow task, const ProgramEnd& end) const;

  /// Issues a token, writes what the program needs, starts it. Errors: invalid_param (its config, programs are not
  /// allowed), those of the homeserver and of the driver.
  Task<TaskRow> launch(LiveBotPtr bot, TaskRow task);
  /// Ends the program, waits until nothing of it runs, and takes its token away. Nothing to do when none runs.
  Task<ProgramEnd> stop(LiveBotPtr bot);

  /// Removes all that is left of a deleted bot's program.
  Task<Unit> forget(LiveBotPtr bot);

  /// What became of a program while Troupe was away.
  struct Found {
    bool running = false;
    TaskRow task;    ///< with its present handle, when running
    ProgramEnd end;  ///< when it does not run
  };
  /// Looks at what the driver can find, once, before the bots are gone through.
  Task<Unit> take_stock();
  Task<Found> find(TaskRow task);
  /// Ends programs that belong to no bot that should have one. After all bots are gone through.
  Task<Unit> end_strays(std::vector<std::string> wanted_ids);

  /// Follows the program and its output until it ends or the fleet does; then `on_end`, on the fleet's executor.
  void watch(LiveBotPtr bot, TaskRow task, std::function<void(LiveBotPtr, TaskRow, ProgramEnd)> on_end);
  /// Ends all programs at once: another process holds the fleet now and starts its own.
  Task<Unit> end_all(std::vector<LiveBotPtr> bots);

 private:
  Result<runtime::TaskSpec> spec(const Bot& bot, const std::string& token) const;
  Result<runtime::TaskDriver*> driver() const;
  asio::awaitable<void> wait_for_end(LiveBotPtr bot, TaskRow task,
                                     std::function<void(LiveBotPtr, TaskRow, ProgramEnd)> on_end);
  asio::awaitable<void> take_output(LiveBotPtr bot, TaskRow task, std::shared_ptr<bool> ended);

  Shared& shared_;
  std::map<std::string, runtime::TaskHandle> found_;  ///< by task id, from take_stock
};

}  // namespace troupe::fleet
