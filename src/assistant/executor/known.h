// What can be known of a workflow before its steps have run: for plans that are shown and calls that are approved.
#pragma once
#include <set>
#include <string>

#include "assistant/workflows/workflow.h"

namespace troupe::assistant::executor {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;

/// What stands in the place of `$marker` as long as the step has none.
inline constexpr std::string_view kNoMarkerYet = "$marker";

/// The values that are there, and the names whose values come later. What it points to outlives it.
struct Known {
  workflows::Values values;
  std::set<std::string, std::less<>> open;  ///< `out` names
  bool item_open = false;                   ///< `$item` is not known
};

bool is_known(const workflows::Binding& binding, const Known& known);
bool is_known(const workflows::Condition& condition, const Known& known);
/// Whether all arguments of a call are.
bool are_known(const std::vector<std::pair<std::string, workflows::Binding>>& bind, const Known& known);

/// Whether they come to something else with another mark.
bool uses_marker(const std::vector<std::pair<std::string, workflows::Binding>>& bind);
/// The arguments as they are called with; what has no value is left out.
JsonObject arguments_of(const std::vector<std::pair<std::string, workflows::Binding>>& bind,
                        const workflows::Values& values);
/// The same for people: what is not known stands there as its expression ("$steps.project.id").
JsonObject shown_arguments(const std::vector<std::pair<std::string, workflows::Binding>>& bind, const Known& known);
/// A binding for people.
std::optional<Json> shown(const workflows::Binding& binding, const Known& known);

}  // namespace troupe::assistant::executor
