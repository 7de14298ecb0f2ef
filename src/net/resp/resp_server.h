// A listener that speaks RESP2: sockets, limits, order. What commands mean is the Talk's.
#pragma once
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/metrics.h"
#include "net/resp/resp_parser.h"
#include "net/server/server.h"

namespace troupe::net::resp {

struct Answer {
  std::string bytes;
  bool ends = false;  ///< the connection, once they are sent
};

/// The way to a client, besides answers. Any thread; may outlive the connection.
class Outlet {
 public:
  virtual ~Outlet() = default;
  /// Sends in order with all else. False: the connection is over. A client that does not read what it is sent is cut
  /// off when RespServerLimits::output_bytes wait for it.
  virtual bool push(std::string bytes) = 0;
  virtual void close() = 0;
  /// The client's, as text without a port.
  virtual const std::string& remote_address() const = 0;
};

/// One client's side of the talk. All calls on the connection's thread, one command after the other.
class Talk {
 public:
  virtual ~Talk() = default;
  virtual asio::awaitable<Answer> answer(Command command) = 0;
  /// Who the client is has been proved: until then it has little time and only short commands.
  virtual bool is_known() const = 0;
};
using MakeTalk = std::function<std::unique_ptr<Talk>(const std::shared_ptr<Outlet>&)>;

struct RespServerLimits {
  std::size_t connections =
      1'024;  ///< above: the oldest that is not known yet ends; an error, and the end, if there is none
  std::size_t strangers_of_address = 256;  ///< clients at once that are not known yet; above: their oldest ends
  RespLimits stranger{.line_bytes = 1'024, .words = 16, .command_bytes = 1'024};
  RespLimits known{};
  std::chrono::milliseconds stranger_time{10'000};
  std::chrono::milliseconds write_time{30'000};  ///< without progress
  std::size_t output_bytes = 1 << 20U;           ///< that wait to be sent
};

struct RespServerOptions {
  std::string host = "127.0.0.1";  ///< an address, or localhost
  std::uint16_t port = 0;          ///< 0: any free one
  RespServerLimits limits{};
};

class RespServer {
 public:
  /// Errors: conflict (the address is in use), invalid_param (it is none).
  static Result<std::unique_ptr<RespServer>> listen(server::IoThreads& threads, RespServerOptions options,
                                                    MakeTalk make_talk, base::Gauge& connections);
  virtual ~RespServer() = default;
  virtual std::uint16_t port() const = 0;
  /// Takes no more connections and ends those there are; each Talk is gone when it returns, unless one waits for what
  /// cannot be cancelled for more than some seconds. Idempotent.
  virtual asio::awaitable<void> stop() = 0;
};

}  // namespace troupe::net::resp
