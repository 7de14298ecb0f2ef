// A run of a task as a Kubernetes Job, and its secrets as a Secret that belongs to it.
#pragma once
#include <boost/json/object.hpp>
#include <string>

#include "runtime/cluster/cluster.h"

namespace troupe::runtime::kubernetes {

inline constexpr std::string_view kContainer = "task";
inline constexpr std::string_view kInstanceLabel = "troupe.dev/instance";
inline constexpr std::string_view kJobLabel = "troupe.dev/job";
inline constexpr std::string_view kTaskNote = "troupe.dev/task";
inline constexpr std::string_view kRunNote = "troupe.dev/run";
inline constexpr std::string_view kLogNote = "troupe.dev/log-after";

/// JSON Schema of driver_config.
std::string_view kubernetes_config_schema();
/// What Kubernetes cannot do. Error: invalid_param.
Result<Unit> check_for_kubernetes(const TaskSpec& spec);

/// One name for all runs of a task, so that the API server itself refuses a second one beside it.
std::string job_name(const std::string& task_id, const std::string& instance);
/// Of one run: that of an earlier one may still be about to go.
std::string secret_name(const cluster::Order& order, const std::string& instance);
/// With secrets it is suspended: the Secret can only belong to a Job that is there.
boost::json::object job_of(const cluster::Order& order, const std::string& instance);
/// `uid`: of the Job, with which it goes.
boost::json::object secret_of(const cluster::Order& order, const std::string& instance, std::string_view uid);

}  // namespace troupe::runtime::kubernetes
