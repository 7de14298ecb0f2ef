// What a step's action names, and whether arguments fit it.
#pragma once
#include <memory>

#include "assistant/executor/stop.h"
#include "assistant/packs/pack.h"
#include "assistant/services/services.h"
#include "assistant/tasks/types.h"
#include "assistant/workflows/workflow.h"

namespace troupe::assistant::executor {

/// The built-in service, and what it can do.
inline constexpr std::string_view kSystem = "system";
inline constexpr std::string_view kRunCommand = "run_command";

/// What an action calls: an operation of a service, or a command on this machine. Points into the offer.
struct Target {
  const services::InUse* in_use = nullptr;     ///< nullptr: a command
  const packs::Offered* offered = nullptr;     ///< the same
  const matrix::JsonObject* schema = nullptr;  ///< of the arguments
  std::string title;                           ///< for people: "CompanyCam"

  bool is_command() const { return offered == nullptr; }
  bool reads() const { return offered != nullptr && !offered->operation.writes; }
  /// Whether somebody agrees to the exact call. Of what is borrowed: to each write. To Troupe's own calls, also those
  /// that read, where another pack makes them: they are made with the whole right of whoever asks, and what they read
  /// would go to wherever that pack says.
  bool needs_approval(const tasks::TaskSpec& spec) const;
};
OrStop<Target> target_of(const services::Offer& offer, std::string_view action);

/// Stops with the names of what is to be set before it can be called.
OrStop<Unit> check_secrets(const Target& target);

using WorkflowPtr = std::shared_ptr<const workflows::Workflow>;
/// The pack's own, where it has one: tasks do not copy it. Errors: not_found (no such service or intent).
Result<WorkflowPtr> workflow_of(const services::Offer& offer, const tasks::TaskSpec& spec);

/// As the schema wants them: "17" for 17 where it wants the one and not the other. Stops with a sentence where they do
/// not fit.
OrStop<matrix::JsonObject> fitted(const Target& target, std::string_view action, matrix::JsonObject arguments);

}  // namespace troupe::assistant::executor
