// A cluster among the program's drivers.
#pragma once
#include <memory>

#include "host/module.h"
#include "runtime/cluster/cluster.h"

namespace troupe::runtime::cluster {

/// Makes its driver. `start_s`: for a task to run.
void add_cluster(host::Context& context, std::shared_ptr<Cluster> cluster, std::int64_t start_s);

}  // namespace troupe::runtime::cluster
