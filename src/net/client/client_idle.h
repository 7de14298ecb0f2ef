// Connections that wait for their next request.
#pragma once
#include <boost/asio/execution_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/tls/stream.h"

namespace troupe::net::client {

/// One connection of the client.
struct ClientConnection {
  std::unique_ptr<tls::Stream> stream;
  int socket = -1;                   ///< the descriptor below `stream`, to look whether the peer has hung up
  boost::asio::ip::address address;  ///< of the peer: the address rules hold for pooled connections too
  std::string input;                 ///< read and not yet parsed
  bool reused = false;
  std::chrono::steady_clock::time_point expires;  ///< when it is too old to be used again

  /// Whether it is idle and open, as far as this side knows.
  bool is_fresh() const;
};

/// A service of an execution context that one thread runs: connections stay on the thread whose sockets they are, and
/// die with it. A timer looks for dead and old ones; it runs only while there are any.
class IdleConnections final : public boost::asio::execution_context::service {
 public:
  static inline boost::asio::execution_context::id id;  // NOLINT: the name Asio asks for
  static constexpr std::size_t kMaxTotal = 256;

  explicit IdleConnections(boost::asio::execution_context& context) : service(context) {}
  static IdleConnections& of(const asio::any_io_executor& executor);

  /// The most recently used fresh connection for the key that `fits`; null when there is none.
  std::unique_ptr<ClientConnection> take(const std::string& key,
                                         const std::function<bool(const ClientConnection&)>& fits);
  /// Keeps at most `per_key` for the key; the oldest gives way.
  void put(const std::string& key, std::unique_ptr<ClientConnection> connection, std::size_t per_key);

 private:
  void shutdown() override;
  void arm(const asio::any_io_executor& executor);
  void sweep();

  std::unordered_map<std::string, std::vector<std::unique_ptr<ClientConnection>>> idle_;
  std::size_t total_ = 0;
  std::optional<asio::steady_timer> timer_;
  bool armed_ = false;
};

}  // namespace troupe::net::client
