// A task driver on an engine that runs tasks elsewhere: what Nomad's and Kubernetes' have in common.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "base/metrics.h"
#include "runtime/cluster/cluster.h"

namespace troupe::runtime::cluster {

/// One coroutine on `home` watches the engine; whoever waits for a task is woken by it. When the watch breaks off the
/// engine is asked for everything anew, with back-off. The engine's silence changes no task's state: a run that is
/// missing from its lists for `vanish_patience`, and that it does not know when asked for it, is lost.
class ClusterDriver final : public TaskDriver {
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
  ClusterDriver(const ClusterDriver&) = delete;
  ClusterDriver& operator=(const ClusterDriver&) = delete;

  std::string_view name() const override;
  Capabilities capabilities() const override;
  Fingerprint fingerprint() const override;
  std::string_view config_schema() const override;
  Task<TaskHandle> start(TaskSpec spec) override;
  Task<TaskStatus> recover(TaskHandle handle) override;
  Task<std::vector<TaskHandle>> list() override;
  Task<ExitResult> wait(std::string task_id, std::chrono::milliseconds patience) override;
  Task<ExitResult> stop(std::string task_id, std::chrono::milliseconds grace) override;
  Task<Unit> destroy(std::string task_id) override;
  Task<TaskStatus> inspect(std::string task_id) override;
  Task<Unit> signal(std::string task_id, int signal) override;
  Task<LogPage> logs(std::string task_id, std::int64_t after, std::size_t limit) override;
  Task<LogPage> follow(std::string task_id, std::int64_t after, std::size_t limit,
                       std::chrono::milliseconds patience) override;
  base::SubscriptionPtr on_event(std::function<void(const TaskEvent&)> listener) override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace troupe::runtime::cluster
