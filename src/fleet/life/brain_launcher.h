// Bots with a brain: coroutines of the in-process driver's kind `brain`, on the fleet's executor.
#pragma once
#include "fleet/life/brain_maker.h"
#include "fleet/life/launcher.h"
#include "fleet/term/term.h"
#include "runtime/in_process_driver.h"

namespace troupe::fleet::life {

/// The kind of task that a bot with a brain is; its config: {"bot": the bot's number}.
inline constexpr std::string_view kBrainTask = "brain";

/// On the fleet's executor.
class BrainLauncher final : public Launcher {
 public:
  /// `stop_patience`: how long a stop waits for a reply that is being sent.
  BrainLauncher(term::Term& term, term::Roster& roster, const BrainMaker& brains,
                std::chrono::milliseconds stop_patience)
      : term_(term), roster_(roster), brains_(brains), stop_patience_(stop_patience) {}

  /// The task itself: takes the bot's turns (turn_runner.h) until it is asked to stop, then lets a reply that is being
  /// stored or sent come to its end. Error: what broke a turn off; the bot is then started anew as its policy says.
  Task<std::int64_t> run(runtime::InProcessTaskPtr task);

  /// Makes the brain.
  Task<runtime::TaskSpec> prepare(term::LiveBotPtr bot) override;
  std::chrono::milliseconds grace(const Bot& bot) const override;
  Task<Unit> release(term::LiveBotPtr bot) override;
  void forget(const Bot&) const override {}
  /// A brain writes into the bot's log by itself.
  bool has_output() const override { return false; }
  std::string started(std::int64_t pid) const override;
  TaskEnd end_of(const runtime::ExitResult& exit) const override;

 private:
  term::Term& term_;
  term::Roster& roster_;
  const BrainMaker& brains_;
  std::chrono::milliseconds stop_patience_;
};

}  // namespace troupe::fleet::life
