// From a URL to a connected stream: name lookup, address rule, TCP, TLS.
#pragma once
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "net/client/client.h"
#include "net/client/client_idle.h"
#include "net/http/address_rules.h"
#include "net/http/url.h"
#include "net/tls/tls_stream.h"

namespace troupe::net::client {

/// Callable from any thread; each call runs on the executor that awaits it.
class Connector {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// `unix_socket`: where all connections go; empty: to the URL's host.
  Connector(http::AddressRules rules, std::shared_ptr<tls::TlsClient> tls, std::string unix_socket = {});
  /// Waits for lookups in progress.
  ~Connector();

  /// Whether the address may be reached.
  bool allows(const asio::ip::address& address, Trust trust) const;

  /// Looks the host up, tries its allowed addresses in order, and does the TLS handshake. Errors: forbidden (every
  /// address is refused), timed_out, unavailable.
  Task<std::unique_ptr<ClientConnection>> connect(http::Url url, Trust trust, TimePoint deadline);

 private:
  Task<std::vector<asio::ip::address>> look_up(std::string host, TimePoint deadline);
  Task<std::unique_ptr<ClientConnection>> connect_local(http::Url url, Trust trust, TimePoint deadline);

  http::AddressRules rules_;
  std::shared_ptr<tls::TlsClient> tls_;
  std::string unix_socket_;
  asio::thread_pool lookups_;
};

}  // namespace troupe::net::client
