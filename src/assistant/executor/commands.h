// `system.run_command`: commands on this machine, as the sandbox of runtime runs them. Always by approval.
#pragma once
#include <memory>

#include "assistant/tasks/types.h"
#include "assistant/workflows/workflow.h"
#include "runtime/sandbox/commands.h"

namespace troupe::assistant::executor {

/// {command, args?, cwd?, timeoutMs?, mode?}: the seed's, and `args`, which makes `command` a program that no shell
/// reads.
const matrix::JsonObject& command_inputs();
/// The service's one intent.
workflows::Workflow command_workflow();

/// Whether a person may name such a task themselves: an administrator, of whose tenant it is run. All others run what
/// workflows of packs run. Errors: forbidden; invalid_param (it does not fit command_inputs()).
Result<Unit> may_name_command(const tasks::Who& who, const matrix::JsonObject& inputs);

/// Where it would run now: "SANDBOX" or "HOST".
std::string mode_word(const runtime::sandbox::Commands* commands, const matrix::JsonObject& arguments);
/// Whether what it does outlasts it: on the host. In the sandbox nothing does.
bool leaves_traces(const runtime::sandbox::Commands* commands, const matrix::JsonObject& arguments);

/// Why it cannot be run here, whoever agrees; nothing: it can.
std::optional<std::string> obstacle_to(const runtime::sandbox::Commands* commands, const matrix::JsonObject& arguments,
                                       std::int64_t tenant_id);

struct CommandOutcome {
  tasks::CommandRun record;
  matrix::Json output;  ///< {exitCode, stdout, stderr, durationMs}
  std::string error;    ///< why nothing ran
  bool was_cancelled = false;
};

/// The record of one that is refused.
CommandOutcome refused_command(const runtime::sandbox::Commands* commands, const matrix::JsonObject& arguments,
                               std::string why);
/// `arguments` fit command_inputs(). Folders of this machine are not for the sandbox; on the host only the people of
/// the default tenant run anything.
asio::awaitable<CommandOutcome> run_command(runtime::sandbox::Commands* commands, matrix::JsonObject arguments,
                                            std::int64_t tenant_id, std::shared_ptr<const std::atomic<bool>> cancelled);

}  // namespace troupe::assistant::executor
