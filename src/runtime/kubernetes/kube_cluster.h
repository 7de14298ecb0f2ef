// Kubernetes' API: a Job for each run. Its reference is "API Reference" in Kubernetes' documentation: batch/v1 Job, v1
// Pod and Secret.
#pragma once
#include <memory>

#include "runtime/cluster/api_client.h"
#include "runtime/cluster/cluster.h"
#include "runtime/kubernetes/kube_job.h"

namespace troupe::runtime::kubernetes {

/// The state of a handle: {"job": its name, "uid": its uid}.
class KubernetesCluster final : public cluster::Cluster {
 public:
  struct Options {
    std::string server;  ///< http(s)://host:port
    std::function<std::string()> token;
    std::string name_space;
    std::string instance;
    std::chrono::seconds stream_time{120};
    std::chrono::milliseconds look_again{200};          ///< while something is being removed
    std::chrono::milliseconds remove_patience{60'000};  ///< for the pods to end
  };
  KubernetesCluster(std::shared_ptr<net::client::HttpClient> http, Options options);

  std::string_view name() const override { return "kubernetes"; }
  std::string_view title() const override { return "Kubernetes"; }
  Capabilities capabilities() const override;
  std::string_view config_schema() const override { return kubernetes_config_schema(); }
  Result<Unit> check(const TaskSpec& spec) const override { return check_for_kubernetes(spec); }
  Task<std::string> version() override;
  std::unique_ptr<cluster::Watch> watch() override;
  Task<boost::json::object> submit(cluster::Order order) override;
  Task<std::string> why_waiting(TaskHandle handle) override;
  Task<Unit> end(TaskHandle handle, std::chrono::milliseconds grace) override;
  Task<Unit> remove(TaskHandle handle) override;
  Task<bool> is_gone(TaskHandle handle) override;
  Task<cluster::LogPiece> log(TaskHandle handle, boost::json::object place) override;
  Task<Unit> signal(TaskHandle handle, int signal) override;

 private:
  std::string jobs() const;
  std::string name_of(const TaskHandle& handle) const;
  std::string job(const TaskHandle& handle) const;
  std::string core(std::string_view kind) const;
  Task<Unit> add_secret(cluster::Order order, std::string uid);
  Task<Unit> delete_job(TaskHandle handle);
  /// The pods of this very run, newest last.
  Task<std::vector<boost::json::value>> pods_of(TaskHandle handle);

  std::shared_ptr<cluster::ApiClient> api_;
  Options options_;
};

}  // namespace troupe::runtime::kubernetes
