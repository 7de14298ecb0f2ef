// The HTTP/1.1 server: one acceptor deals sockets round robin to one io_context per thread.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/task.h"
#include "net/route/router.h"
#include "net/tls/tls_files.h"

namespace troupe::net::server {

/// The threads that all sockets and timers live on.
class IoThreads {
 public:
  explicit IoThreads(std::size_t threads);
  ~IoThreads();                         ///< stops and joins
  asio::io_context& next();             ///< round robin; any thread
  asio::io_context& at(std::size_t i);  ///< 0 <= i < size()
  std::size_t size() const;
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct ServerLimits {
  std::size_t head_bytes = 32 * 1024;               ///< above: 431
  std::size_t header_count = 100;                   ///< above: 431
  std::size_t target_bytes = 8 * 1024;              ///< above: 414
  std::size_t connections = 8192;                   ///< above: 503 and close
  std::chrono::milliseconds head_timeout{10'000};   ///< from the first byte of a request to the end of its head
  std::chrono::milliseconds body_timeout{30'000};   ///< without progress
  std::chrono::milliseconds idle_timeout{120'000};  ///< between requests
  std::chrono::milliseconds write_timeout{30'000};  ///< without progress
};

/// One listening address.
struct ListenOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any free port, see port()
  std::string unix_path;   ///< instead of host and port: a unix socket, made with mode 0600; a stale one is replaced
  std::string listener{route::kPlatformListener};  ///< its description in the router, by name
  std::optional<tls::TlsFiles> tls;
  ServerLimits limits;
  std::vector<std::string> trusted_proxies;  ///< addresses or CIDR blocks whose X-Forwarded-For is believed
  bool closed = false;                       ///< the address is taken, but connections wait until open()
};

class HttpServer {
 public:
  /// Errors: conflict (the address is in use: the message names it), invalid_param (bad address or certificate, a
  /// listener that the router does not know).
  static Result<std::unique_ptr<HttpServer>> listen(IoThreads& threads, route::Router& router, ListenOptions options,
                                                    base::MetricRegistry& metrics);
  virtual ~HttpServer() = default;
  virtual std::uint16_t port() const = 0;
  /// Takes connections, when it was made closed. Once.
  virtual void open() = 0;
  /// Stops accepting, closes idle connections and each other one after its answer, cancels what still waits at the
  /// deadline (long polls) and then closes. Blocks; not from an I/O thread. Idempotent; the destructor drains without
  /// patience.
  virtual void drain(std::chrono::milliseconds patience) = 0;
};

}  // namespace troupe::net::server
