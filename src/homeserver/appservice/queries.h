// Asks application services to make users and rooms of theirs that somebody looks for
// (Application Service API #querying).
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "homeserver/appservice/service_client.h"

namespace troupe::homeserver::appservice {

/// One per server; callable from any I/O thread. Several who look for the same name ask once, together.
class Queries {
 public:
  static constexpr std::size_t kMaxAtOnce = 64;  ///< names that are asked for; beyond that nobody is asked
  static constexpr std::chrono::seconds kPatience{20};

  Queries(const Services& services, ServiceClient& client) : services_(services), client_(client) {}

  /// Whether a thing is there by now. Asked once more before a service is, so that what came into being meanwhile is
  /// not asked for twice.
  using IsThere = std::function<Task<bool>()>;

  /// Whether the user is there, after the services whose namespace they are in were asked to make them. False at once
  /// for everybody else's names. Error: timed_out (408).
  Task<bool> find_user(std::string user_id, IsThere is_there);
  Task<bool> find_alias(std::string alias, IsThere is_there);

 private:
  struct Flight;
  using Owners = std::vector<const Service*>;
  Task<bool> find(std::string name, Owners owners, IsThere is_there);
  Task<bool> ask(const std::string& name, const Owners& owners, const IsThere& is_there);
  const Services& services_;
  ServiceClient& client_;
  base::Mutex mutex_;
  std::map<std::string, std::shared_ptr<Flight>> flights_ GUARDED_BY(mutex_);
};

}  // namespace troupe::homeserver::appservice
