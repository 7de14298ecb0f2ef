// The HTTP client for calls to other services: pooled connections, TLS verification, time-outs, SSE, address rules.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/task.h"
#include "net/http.h"

namespace troupe::net {

/// Whether the address came from an administrator (a brain, OIDC) or from content and members (a member's webhook).
enum class Trust { configured, untrusted };

struct ClientRequest {
  std::string method = "GET";
  std::string url;  ///< http or https, absolute
  Headers headers;
  std::string body;
  Trust trust = Trust::configured;
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds first_byte_timeout{30'000};
  std::chrono::milliseconds idle_timeout{30'000};
  std::chrono::milliseconds total_timeout{60'000};
  std::size_t max_body_bytes = 8 * 1024 * 1024;
  int max_redirects = 3;
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

struct ServerSentEvent {
  std::string event;  ///< "message" when not given
  std::string data;
  std::string id;
};

struct ClientOptions {
  std::vector<std::string> allowed_private;  ///< addresses or CIDR blocks that untrusted URLs may reach all the same
  std::string ca_file;                       ///< PEM; empty: the system's
  std::size_t connections_per_host = 16;
};

/// Callable from any thread. Untrusted URLs may not resolve to loopback, private, link-local or multicast addresses
/// (checked after DNS resolution, on each redirect); a configured URL's redirect may not lead into the private network
/// elsewhere. Errors: timed_out, unavailable (connection), forbidden (address rule), too_large, invalid_param (URL).
class HttpClient {
 public:
  static std::unique_ptr<HttpClient> make(ClientOptions options);
  virtual ~HttpClient() = default;
  virtual Task<ClientResponse> send(ClientRequest request) = 0;
  /// Hands each event to `receive` as it arrives; ends with the stream. A body that is not text/event-stream comes back
  /// whole in the response. `receive` returning false stops.
  virtual Task<ClientResponse> stream_events(ClientRequest request,
                                             std::function<bool(const ServerSentEvent&)> receive) = 0;
};

}  // namespace troupe::net
