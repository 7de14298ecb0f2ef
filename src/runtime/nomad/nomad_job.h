// A task as a Nomad job: the parameterised job that its runs are dispatched from, and one dispatch.
#pragma once
#include <boost/json/object.hpp>
#include <string>

#include "runtime/cluster/cluster.h"

namespace troupe::runtime::nomad {

inline constexpr std::string_view kTask = "task";  ///< the name of the only group's only task

/// Whose jobs, and where they may run.
struct Place {
  std::string job;       ///< what the names of all jobs begin with
  std::string instance;  ///< cluster::is_instance
  std::string name_space;

  /// What the names of all jobs of this instance begin with.
  std::string prefix() const { return job + "-" + instance + "-"; }
};

/// JSON Schema of driver_config.
std::string_view nomad_config_schema();
/// What Nomad cannot do. Error: invalid_param.
Result<Unit> check_for_nomad(const TaskSpec& spec);

/// {"Job": …} of the parameterised job; Job.ID ends in a digest of the rest. The arguments, the values of the
/// environment and the secret are not in it but come with each dispatch, so that all tasks of a sort share one; only in
/// how many pieces they come is.
boost::json::object parameterised_job(const TaskSpec& spec, const Place& place);
/// The body of its dispatch. Arguments and environment go as Meta, which whoever may read jobs can read; the secret is
/// the payload, which lands in the task's own folder and is in no environment.
boost::json::object dispatch_of(const cluster::Order& order, const Place& place);
/// The same for the same task of the same instance: no second run of it beside one that has not ended.
std::string idempotency_token(const std::string& task_id, const Place& place);

}  // namespace troupe::runtime::nomad
