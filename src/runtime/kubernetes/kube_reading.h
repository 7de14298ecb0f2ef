// What Kubernetes' Jobs and Pods say about tasks.
#pragma once
#include <boost/json/value.hpp>
#include <optional>

#include "runtime/cluster/cluster.h"

namespace troupe::runtime::kubernetes {

/// Nothing: it is not a pod of this instance's. `deleted`: the object as it last was, and it is gone now.
std::optional<cluster::Sighting> sighting_of_pod(const boost::json::value& pod, std::string_view instance,
                                                 bool deleted);
/// Of a Job that has no pod.
std::optional<cluster::Sighting> sighting_of_job(const boost::json::value& job, std::string_view instance);
/// Whether its condition Complete or Failed is true.
bool is_over(const boost::json::value& job);

/// Lines as the log comes with timestamps=true, without those that were taken before: a log can only be asked for from
/// a whole second on. `place`: {"last": a timestamp, "seen": how many lines bear it}; is changed.
std::vector<LogLine> new_lines(std::string_view log, boost::json::object& place);

}  // namespace troupe::runtime::kubernetes
