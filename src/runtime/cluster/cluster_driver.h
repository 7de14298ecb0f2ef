// A task driver on an engine that runs tasks elsewhere: what Nomad's and Kubernetes' have in common.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "base/metrics.h"
#include "runtime/cluster/cluster.h"
#include "runtime/homed_driver.h"

namespace troupe::runtime::cluster {

struct ClusterState;

/// One coroutine on `home` watches the engine; whoever waits for a task is woken by it. When the watch breaks off the
/// engine is asked for everything anew, with back-off. The engine's silence changes no task's state: a run that is
/// missing from its lists for `vanish_patience`, and that it does not know when asked for it, is lost.
class ClusterDriver final : public HomedDriver<ClusterState> {
 public:
  struct Options {
    /// From the order to the running task, pulling of images included; then the start has failed.
    std::chrono::milliseconds start_patience{120'000};
    std::chrono::milliseconds vanish_patience{10'000};
    std::chrono::milliseconds kill_patience{60'000};  ///< after the kill, for the engine to say that it is dead
    std::chrono::milliseconds watch_patience{20'000};
    std::chrono::milliseconds poll{250};         ///< of logs that somebody follows
    std::chrono::milliseconds first_retry{200};  ///< doubles up to 10 s
  };
  /// `home`: of one thread.
  ClusterDriver(asio::any_io_executor home, std::shared_ptr<Cluster> cluster, base::MetricRegistry& metrics,
                Options options);
  ClusterDriver(asio::any_io_executor home, std::shared_ptr<Cluster> cluster, base::MetricRegistry& metrics)
      : ClusterDriver(std::move(home), std::move(cluster), metrics, Options{}) {}
  /// Ends the watch; tasks go on.
  ~ClusterDriver() override;

  std::string_view name() const override;
  Capabilities capabilities() const override;
  Fingerprint fingerprint() const override;
  std::string_view config_schema() const override;
};

}  // namespace troupe::runtime::cluster
