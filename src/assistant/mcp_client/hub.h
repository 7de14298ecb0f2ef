// All MCP servers that this program talks to: one connection for each account and address, on a thread of their own.
#pragma once
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <set>
#include <thread>

#include "assistant/mcp_client/remote_server.h"
#include "base/mutex.h"

namespace troupe::assistant::mcp_client {

inline constexpr std::size_t kMaxServers = 500;  ///< connected at once, of all tenants

/// One per program; callable from any thread.
class Hub final : public calls::Tools {
 public:
  /// Beyond `most` connections whoever has the most gives up the one that was idle for longest.
  explicit Hub(Means means, std::size_t most = kMaxServers);
  ~Hub() override;

  asio::awaitable<calls::Arrived> call(calls::ToolCall call) override;
  Task<JsonArray> list(calls::Service service, net::http::Headers headers, std::chrono::milliseconds patience) override;

  /// Which connection a service has: another one when its address, its program or a key of it changes.
  static std::string key_of(const calls::Service& service);
  /// Accounts whose server said since the last time that its tools are others by now.
  std::set<std::string> take_changed();
  /// Ends what is in use by none of these (key_of), and what nobody has asked for a while unless it is heard saying
  /// when its tools change; nothing that is under way.
  Task<Unit> sweep(std::set<std::string> in_use);
  /// Ends all of them; later calls are refused.
  Task<Unit> stop();

 private:
  /// On the hub's thread. nullptr: too many, or it has stopped.
  std::shared_ptr<RemoteServer> server_of(const calls::Service& service);
  /// The same. Ends an idle connection of this tenant, or of one that has more. False: there is none.
  bool make_room_for(std::string_view tenant);

  const Means means_;
  const std::size_t most_;
  base::Mutex mutex_;
  std::set<std::string> changed_ GUARDED_BY(mutex_);
  asio::io_context home_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{home_.get_executor()};
  std::map<std::string, std::shared_ptr<RemoteServer>> servers_;  ///< the thread's
  bool stopped_ = false;                                          ///< the same
  std::thread thread_;
};

}  // namespace troupe::assistant::mcp_client
