// Runs commands under a small supervisor of their own each, confined by whatever this machine has.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "runtime/sandbox/commands.h"
#include "runtime/sandbox/programs.h"
#include "runtime/sandbox/settings.h"

namespace troupe::runtime::sandbox {

/// Works on a thread of its own, which is the supervisors' parent: they end with it. Each of them is the small program
/// of tasks (shim/command_run.h), which holds the command's pipes, keeps its limits, and kills all that is left of it.
class CommandRunner final : public Commands, public Programs {
 public:
  struct Options {
    std::string data_dir;  ///< no command may see it
    CommandSettings settings{};
    std::vector<std::string> shim_command{};  ///< where programs cannot run from memory: a command that is that program
    std::vector<std::string> folders{"/usr/bin", "/bin", "/usr/local/bin"};  ///< where sandboxes' programs are
  };
  CommandRunner(Options options, base::MetricRegistry& metrics);
  /// Kills what runs.
  ~CommandRunner() override;
  CommandRunner(const CommandRunner&) = delete;
  CommandRunner& operator=(const CommandRunner&) = delete;

  asio::awaitable<CommandRun> run(CommandOrder order, Audit audit) override;
  Standing standing() const override;
  Task<std::unique_ptr<Program>> start(ProgramOrder order) override;

  /// Runs a confined command that looks at its surroundings, and believes what it sees: standing() tells the outcome.
  /// Where there was no isolation, each order tries again, every half minute at most.
  Task<Unit> probe();
  /// Kills all commands, refuses new ones, and waits until the records of all are told.
  Task<Unit> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace troupe::runtime::sandbox
