// Prepares a task's folder for its shim.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/task_types.h"

namespace troupe::runtime {

/// Where the task works: as its driver_config says. Error: invalid_param.
Result<std::string> working_dir_of(const std::string& folder, const TaskSpec& spec);

/// Writes everything the shim needs into the task's folder (made when missing, 0700): the spec, the secrets; clears
/// what an earlier run left, except its log and its work folder. Errors: unavailable.
Result<Unit> prepare_folder(const std::string& folder, const TaskSpec& spec, const std::string& run);

/// The task's environment, "NAME=value": a minimal one, the spec's own, the secrets' paths, the run's marker.
std::vector<std::string> task_environment(const std::string& folder, const TaskSpec& spec, const std::string& run);

}  // namespace troupe::runtime
