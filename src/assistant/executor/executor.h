// Runs tasks: goes through an intent's workflow step by step, durable before and after each, until the task ends or
// asks. A task that a crash left is gone on with by itself.
#pragma once
#include <chrono>
#include <string>

#include "assistant/tasks/tasks.h"

namespace troupe::assistant::executor {

/// The bus's channel on which each change of a task (phase, step) is told: `assistant.task.<id>`; the message is empty,
/// what changed is read from tasks::Tasks.
std::string task_channel(std::string_view task_id);

/// A call that would be made, as far as it can be known before anything ran.
struct Preview {
  std::string path;    ///< of the step
  std::string action;  ///< "slack.send_message"; empty: a choice or an answer
  std::string description;
  matrix::JsonObject args;  ///< what is known; a value that an earlier step yields is shown as its expression
  bool writes = false;
  bool needs_approval = false;
};

/// One per program; callable from any thread.
class Executor {
 public:
  virtual ~Executor() = default;

  /// Goes on with a task that the caller took (execute, resume, approve, take_over), in the background. Does nothing
  /// when it runs here already.
  virtual void start(tasks::Taken taken) = 0;
  /// Completes when the task does not run in this process any more (it ended, asks or wants approval), or after
  /// `patience`: then the task goes on all the same. True: it does not run any more.
  virtual Task<bool> settled(std::string task_id, std::chrono::milliseconds patience) = 0;
  /// The person cancelled it: what waits (a pause, a limit, a page) ends at once.
  virtual void wake(const std::string& task_id) = 0;

  /// The calls that a plan comes to: reads nothing, sends nothing. Errors: not_found (no such service or intent);
  /// invalid_param (inputs that do not fit); unavailable.
  virtual Task<std::vector<Preview>> preview(tasks::Who who, tasks::TaskSpec spec) = 0;
};

}  // namespace troupe::assistant::executor
