// What differs between the tasks of bots by their kind: what a task is given before its start, how long it may take to
// end, and what is taken away afterwards. One for all kinds that have a brain, and one for each other kind
// (BotKind::launcher); everything else is in bot_tasks.h.
#pragma once
#include <filesystem>

#include "base/crypto.h"
#include "fleet/term/roster.h"
#include "matrix/accounts.h"
#include "runtime/task_types.h"

namespace troupe::fleet::life {

/// How a bot's task ended, for the life cycle.
struct TaskEnd {
  bool success = false;
  std::string text;   ///< "exited with code 3", …
  std::string cause;  ///< the same for the history: "its program: exited with code 3"
};

/// What launchers of other kinds than brains may use: what a program is given. Outlives them.
struct LauncherUses {
  matrix::Accounts& accounts;
  const base::SealingKey& sealing_key;
  std::filesystem::path state_dir;  ///< where programs of bots keep their files; made when needed
  std::string matrix_address;       ///< of this server's client API
};

/// On the fleet's executor.
class Launcher {
 public:
  virtual ~Launcher() = default;
  /// Gives the bot what its task needs, and says what to start; the task's id is filled in by the caller.
  /// Errors: invalid_param (the bot's config, or such bots are not allowed here), those of the homeserver.
  virtual Task<runtime::TaskSpec> prepare(term::LiveBotPtr bot) = 0;
  /// How long the task may take to end when it is asked to.
  virtual std::chrono::milliseconds grace(const Bot& bot) const = 0;
  /// The task was stopped: takes back what it was given.
  virtual Task<Unit> release(term::LiveBotPtr bot) = 0;
  /// Removes what a deleted bot leaves on this machine, also when it was of this kind only once, or never.
  virtual void forget(const Bot& bot) const = 0;
  /// Whether what its tasks print goes into the bot's log.
  virtual bool has_output() const = 0;
  /// For the history.
  virtual std::string started(std::int64_t pid) const = 0;
  virtual TaskEnd end_of(const runtime::ExitResult& exit) const = 0;
};

}  // namespace troupe::fleet::life
