// Follows the pods of an instance: a list, then a watch from its version on, and a list again when that is lost.
#pragma once
#include <map>
#include <string>

#include "runtime/cluster/api_client.h"
#include "runtime/cluster/cluster.h"

namespace troupe::runtime::kubernetes {

/// Kubernetes API concepts, "Efficient detection of changes". Too old a version (410, as a status or as an event) leads
/// to a new list at once. At the stream's own end it goes on from its version, so that no end of a pod falls into the
/// gap, and a list is compared, so that nothing that was lost on the way stays so. Every other end is an error.
class PodWatch final : public cluster::Watch {
 public:
  struct Places {
    std::string jobs;  ///< the collections' paths
    std::string pods;
    std::string instance;
    std::chrono::seconds stream_time{120};  ///< then the server ends a stream
  };
  PodWatch(std::shared_ptr<cluster::ApiClient> api, Places places);
  ~PodWatch() override;
  Task<std::vector<cluster::Sighting>> next(std::chrono::milliseconds patience) override;

 private:
  struct Feed;
  static asio::awaitable<void> stream(std::shared_ptr<Feed> feed);
  static Task<Unit> list(std::shared_ptr<Feed> feed);
  static Task<Unit> compare(std::shared_ptr<Feed> feed);
  std::shared_ptr<Feed> feed_;
};

}  // namespace troupe::runtime::kubernetes
