// The HTTP client for calls to other services: pooled connections, TLS verification, time-outs, SSE, address rules.
#pragma once
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "net/http/http.h"
#include "net/tls/tls_files.h"

namespace troupe::net::client {

/// Whose address it is, and so how far it leads.
enum class Trust {
  configured,  ///< an administrator's (a brain, OIDC): anywhere
  untrusted,   ///< of members and of what they write: not into private networks, but for what the settings list
  stranger,    ///< of somebody without an account here: to public addresses alone
};

struct ClientRequest {
  /// No default: a new caller cannot trust an address by forgetting to think of it.
  explicit ClientRequest(Trust trusted) : trust(trusted) {}

  std::string method = "GET";
  std::string url;  ///< http or https, absolute, without user name and password
  /// Host, Connection, Content-Length, Transfer-Encoding, Expect and Upgrade are the client's own. A request that
  /// carries Idempotency-Key counts as one that may be repeated.
  http::Headers headers;
  std::string body;
  Trust trust;
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds first_byte_timeout{30'000};
  std::chrono::milliseconds idle_timeout{30'000};
  std::chrono::milliseconds total_timeout{60'000};
  std::size_t max_body_bytes = 8 * 1024 * 1024;  ///< also after decompression; of an event stream: one event
  /// Of a whole event stream, heartbeats too, after decompression.
  std::size_t max_stream_bytes = std::numeric_limits<std::size_t>::max();
  int max_redirects = 3;  ///< 0: a redirect is an answer like any other
  /// On a connection of its own making: what must not reach the service twice is never repeated then, and is not lost
  /// on a pooled connection that the service had closed meanwhile.
  bool fresh_connection = false;
  /// Where given: becomes true when the request fails before anything of it went out, so that nobody can have acted on
  /// it; on the executor of the request, before it ends.
  std::shared_ptr<bool> never_sent{};
};

struct ClientResponse {
  int status = 0;
  http::Headers headers;  ///< without Content-Encoding and Content-Length of a body that came compressed
  std::string body;       ///< decompressed, unless the request had an Accept-Encoding of its own
};

struct ServerSentEvent {
  std::string event;  ///< "message" when not given
  std::string data;
  std::string id;
};

struct ClientOptions {
  std::vector<std::string> allowed_private{};  ///< addresses or CIDR blocks that untrusted URLs may reach all the same
  std::string ca_file{};                       ///< PEM; empty: the system's
  std::size_t connections_per_host = 16;       ///< kept open between requests, per I/O thread; not a limit on requests
  /// Every request goes to this unix-domain socket, whatever host its URL names, and must be Trust::configured. Empty:
  /// to the URL's host.
  std::string unix_socket{};
  tls::TlsFiles certificate{};  ///< shown to servers that ask for one (both files, or neither)
};

/// Callable from any I/O thread; the whole request runs on the executor that awaits it, which must run one handler at a
/// time (an I/O thread's). All times are limits on waiting, kept to about 0.3 s; total_timeout holds for redirects and
/// the repeat as well. A request that found its pooled connection closed is repeated once, on a new one, when its
/// method is idempotent. A redirect turns POST into GET after 301, 302 and 303, and drops Authorization and Cookie when
/// it leaves the origin. Any status is an answer, not an error. Outlives its requests. Untrusted URLs may not resolve
/// to loopback, private, link-local or multicast addresses (checked after DNS resolution, on each redirect); a
/// configured URL's redirect may not lead into the private network elsewhere (a public address, the same host and port,
/// or its https). Errors: timed_out, unavailable (connection, TLS, broken answer, too many redirects), forbidden
/// (address rule), too_large, invalid_param (URL, method, headers). Messages name the origin, never the path or the
/// query.
class HttpClient {
 public:
  /// Throws std::invalid_argument when the CA file, the certificate or an entry of `allowed_private` is wrong; it stops
  /// the start.
  static std::unique_ptr<HttpClient> make(ClientOptions options);
  virtual ~HttpClient() = default;
  virtual Task<ClientResponse> send(ClientRequest request) = 0;
  /// Hands each event to `receive` as it arrives; ends with the stream. A body that is not text/event-stream comes back
  /// whole in the response, and so does any status but 200. `receive` returning false stops. A stream that is cut off
  /// in the middle is an error (unavailable); what was handed over stays handed over. Never repeated once events came.
  virtual Task<ClientResponse> stream_events(ClientRequest request,
                                             std::function<bool(const ServerSentEvent&)> receive) = 0;
  /// Hands the body of an answer with a status of 200 to 299 to `receive` as it arrives, in pieces of any size and as
  /// it was sent (no compression is asked for); any other answer comes back whole. `receive` returning false stops.
  /// A body that is cut off is an error (unavailable); what was handed over stays handed over. Unless a client has a
  /// better way, the body is handed over when it is there.
  virtual Task<ClientResponse> stream_body(ClientRequest request, std::function<bool(std::string_view piece)> receive);
};

}  // namespace troupe::net::client
