// The own RESP2 listener, which stands in for a Redis where there is none.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "host/endpoint.h"
#include "meetings/commands/bot_talk.h"

namespace troupe::meetings::commands {

struct ListenerOptions {
  host::Endpoint endpoint{};  ///< port 0: the one of the last time, or any free one
  std::string reached_as{};   ///< the host that bots are told; empty: the endpoint's
  /// Where the port of a listener without one is kept: bots go on while Troupe is away, and come back to it.
  std::filesystem::path port_file{};
};

class Listener {
 public:
  Listener(net::server::IoThreads& threads, const BotLines& lines, ListenerOptions options,
           base::MetricRegistry& metrics);

  /// Errors: conflict (the address is in use), invalid_param.
  Result<Unit> open();
  asio::awaitable<void> close();
  /// "redis://:token@host:port/0"; empty while it is not open. Any thread.
  std::string address_for(const std::string& token) const;
  std::int64_t publish(const std::string& channel, const std::string& body) const {
    return lines_.hub->publish(channel, body);
  }

 private:
  Result<std::unique_ptr<net::resp::RespServer>> listen(std::uint16_t port);

  net::server::IoThreads& threads_;
  BotLines lines_;
  ListenerOptions options_;
  base::Gauge& connections_;
  std::unique_ptr<net::resp::RespServer> server_;
  std::atomic<std::uint16_t> port_{0};
};

}  // namespace troupe::meetings::commands
