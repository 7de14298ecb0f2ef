// What can be known of workflows before any of them runs: actions, names, arguments, types.
#pragma once
#include <functional>
#include <set>

#include "assistant/workflows/workflow.h"

namespace troupe::assistant::workflows {

/// What workflows may call.
struct Actions {
  std::string service;
  /// nullptr: the pack has no such operation.
  std::function<const openapi::Operation*(std::string_view operation)> find;
};

/// Names that a binding may use where it stands.
struct Scope {
  std::set<Root> roots;
  std::set<std::string, std::less<>> kept;  ///< `out` names of the steps before
  const JsonObject* inputs = nullptr;       ///< their schema, when it is said
};

/// Errors: an action that is not there, an argument that the operation does not take or that is required and not bound,
/// a name that no earlier step keeps, a literal or input that cannot fit, a second step with the same name.
void check_workflow(const Workflow& workflow, const Actions& actions, const report::InFile& report);

/// The same for the bindings of one call: of a probe, or of what undoes a write.
void check_call(const openapi::Operation& operation, const std::vector<std::pair<std::string, Binding>>& bind,
                const Scope& scope, const std::string& pointer, const report::InFile& report);
void check_names(const Binding& binding, const Scope& scope, const std::string& pointer, const report::InFile& report);

}  // namespace troupe::assistant::workflows
