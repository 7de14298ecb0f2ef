// What Nomad's jobs and allocations say about tasks.
#pragma once
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "runtime/cluster/cluster.h"

namespace troupe::runtime::nomad {

/// Of the dispatched jobs of an instance (GET /v1/jobs?meta=true) and the allocations (GET /v1/allocations). A job that
/// is another's is passed over.
std::vector<cluster::Sighting> sightings_of(const boost::json::value& jobs, const boost::json::value& allocations,
                                            std::string_view instance);
/// The ids of those dispatched jobs of an instance that are dead and of which the allocations hold none.
std::vector<std::string> dead_without_allocation(const boost::json::value& jobs, const boost::json::array& allocations,
                                                 std::string_view instance);
/// The newest of a job's allocations: Nomad replaces one whose node it lost. nullptr: there is none.
const boost::json::value* newest_allocation(const boost::json::value& allocations, std::string_view job);
/// Why an evaluation placed nothing, from its FailedTGAllocs; empty: it does not say.
std::string why_not_placed(const boost::json::value& evaluation);

}  // namespace troupe::runtime::nomad
