// Running a command and waiting for its end: the capability that modules ask the Context for.
#pragma once
#include <boost/asio/awaitable.hpp>

#include "base/task.h"
#include "runtime/sandbox/command_types.h"

namespace troupe::runtime::sandbox {

inline constexpr std::string_view kCommandsOff = "Shell command execution is disabled. Set ALLOW_SHELL=1 to enable.";

/// Callable from any thread; outlives whoever waits.
class Commands {
 public:
  virtual ~Commands() = default;

  /// Runs a command and waits for its end, on the executor of whoever awaits it and without blocking it. There are no
  /// errors beside the record: what is not allowed, not well-formed or not possible is How::refused or
  /// How::not_started. `audit` is told of it before this returns, whatever happens, also when nobody waits any more: a
  /// cancelled wait kills the command (How::cancelled). An empty audit is refused: nothing runs without a record. No
  /// part of a command outlives its end, its time, or Troupe.
  virtual asio::awaitable<CommandRun> run(CommandOrder order, Audit audit) = 0;

  /// What is known now, without waiting.
  virtual Standing standing() const = 0;
};

}  // namespace troupe::runtime::sandbox
