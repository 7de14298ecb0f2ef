// Nomad's HTTP API. Its reference is "HTTP API" in Nomad's documentation: jobs, allocations, client, evaluations.
#pragma once
#include <memory>
#include <set>

#include "runtime/cluster/api_client.h"
#include "runtime/cluster/cluster.h"
#include "runtime/nomad/nomad_job.h"

namespace troupe::runtime::nomad {

/// The state of a handle: {"job": the dispatched job, "evaluation": of the dispatch}.
///
/// News come by blocking queries on the allocations (index and wait): each answer is the whole state, so that no lost,
/// doubled or reordered event can mislead.
class NomadCluster final : public cluster::Cluster {
 public:
  struct Options {
    std::string address;   ///< http(s)://host:port
    std::string token{};   ///< empty: none
    std::string region{};  ///< empty: the server's own
    Place place;
    std::size_t log_bytes_at_once = 4 * 1024 * 1024;  ///< of each stream; a longer line is cut there
  };
  NomadCluster(std::shared_ptr<net::client::HttpClient> http, Options options);
  ~NomadCluster() override;

  std::string_view name() const override { return "nomad"; }
  std::string_view title() const override { return "Nomad"; }
  Capabilities capabilities() const override;
  std::string_view config_schema() const override { return nomad_config_schema(); }
  Result<Unit> check(const TaskSpec& spec) const override { return check_for_nomad(spec); }
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
  class AllocationWatch;
  /// `path` with namespace, region and `query` behind it.
  std::string target(std::string path, std::string_view query = {}) const;
  static std::string job_path(std::string_view job);
  Task<boost::json::value> ask(std::string path, std::string query = {});
  Task<Unit> register_parent(boost::json::object job, std::string id);
  /// The newest allocation; null: none.
  Task<boost::json::value> newest_of(TaskHandle handle);
  /// Its id; empty: none.
  Task<std::string> allocation_of(TaskHandle handle);
  Task<std::string> log_from(std::string allocation, std::string stream, std::int64_t offset);
  Task<Unit> send_signal(std::string allocation, std::string name);
  Task<Unit> delete_job(TaskHandle handle, bool purge);

  std::shared_ptr<cluster::ApiClient> api_;
  Options options_;
  std::set<std::string> registered_;  ///< parameterised jobs, by this life of the program
};

}  // namespace troupe::runtime::nomad
