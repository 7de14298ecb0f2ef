// Who listens to which channel on the own listener.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "net/resp/resp_server.h"

namespace troupe::meetings::commands {

using OutletPtr = std::shared_ptr<net::resp::Outlet>;

/// Callable from any thread. Outlives the connections: they hold it.
class Hub {
 public:
  static constexpr int kMostOfBot = 8;  ///< connections of one bot at once

  /// False: a bot with this session has as many connections as it may have.
  bool enter(const std::string& connection_id);
  void leave(const std::string& connection_id);
  void subscribe(const std::string& channel, const OutletPtr& listener);
  void unsubscribe(const std::string& channel, const OutletPtr& listener);
  /// To how many. Nobody who subscribes later gets it.
  std::int64_t publish(const std::string& channel, std::string_view body);

 private:
  base::Mutex mutex_;
  std::map<std::string, std::vector<OutletPtr>, std::less<>> listeners_ GUARDED_BY(mutex_);
  std::map<std::string, int, std::less<>> connections_ GUARDED_BY(mutex_);
};

}  // namespace troupe::meetings::commands
