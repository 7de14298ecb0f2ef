// What the dialogue keeps in a task beside its inputs (tasks::TaskSpec::planning): enough to go on with an unfinished
// plan days later, in another process and from another channel.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "assistant/planner/outcome.h"
#include "assistant/tasks/types.h"

namespace troupe::assistant::dialogue {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;

struct PlanningState {
  std::optional<planner::Pending> pending = {};  ///< of the open question of the planner's
  std::vector<planner::Origin> origins = {};     ///< of a plan's inputs
  std::vector<std::string> files = {};           ///< that were posted with the request and have no place yet
  JsonObject explanation = {};                   ///< how it was understood, for the debug view
};

/// {"pending", "origins", "files", "explanation"}; what is empty is left out. The explanation is, too, where there is
/// no room for it (tasks::kMaxPlanningBytes).
JsonObject to_json(const PlanningState& state);
/// What cannot be read is as if it were not there.
PlanningState read_planning_state(const JsonObject& stored);

/// The records of what models were asked for it and said (planner::ModelCaller::exchanges).
std::vector<std::string> exchanges_in(const JsonObject& explanation);

/// A plan as a task keeps it.
tasks::TaskSpec spec_of(planner::Plan plan, PlanningState state);
/// The same of a question, as far as it is known.
tasks::TaskSpec spec_of(planner::Pending pending, PlanningState state);

}  // namespace troupe::assistant::dialogue
