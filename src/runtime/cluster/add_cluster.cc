#include "runtime/cluster/add_cluster.h"

#include "runtime/cluster/cluster_driver.h"

namespace troupe::runtime::cluster {

void add_cluster(host::Context& context, std::shared_ptr<Cluster> cluster, std::int64_t start_s) {
  auto& driver = context.make<ClusterDriver>(context.io().next().get_executor(), std::move(cluster), context.metrics(),
                                             ClusterDriver::Options{.start_patience = std::chrono::seconds(start_s)});
  context.get<Drivers>().add(driver);
}

}  // namespace troupe::runtime::cluster
