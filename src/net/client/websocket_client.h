// WebSocket connections to other services: the HTTP client's way there, then net/websocket.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "net/client/client.h"
#include "net/websocket/websocket.h"

namespace troupe::net::client {

struct WebSocketRequest {
  /// No default: a new caller cannot trust an address by forgetting to think of it.
  explicit WebSocketRequest(Trust trusted) : trust(trusted) {}

  std::string url;  ///< ws or wss (http and https are the same), absolute, without user name and password
  /// Beside what the handshake needs; those names are the client's own.
  http::Headers headers;
  Trust trust;
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds handshake_timeout{15'000};  ///< from the connection to the end of the 101's head
  websocket::WebSocketLimits limits{};
};

/// A URL of ws or wss as http or https; any other as it is.
std::string http_form(std::string_view url);

/// Callable from any I/O thread; all of a connection runs on the executor that awaits it, which must run one handler at
/// a time. Outlives its connections.
class WebSocketClient {
 public:
  using Handler = std::function<asio::awaitable<void>(http::WebSocket&)>;

  /// Of the options, `connections_per_host` and `unix_socket` mean nothing here. Throws like HttpClient::make.
  static std::unique_ptr<WebSocketClient> make(ClientOptions options);
  virtual ~WebSocketClient() = default;

  /// Connects, runs `handler` with the socket, and ends when it has ended and the connection is closed; see
  /// websocket.h. The address rules are those of HttpClient; redirects are not followed, and no extension or
  /// subprotocol is offered, so an answer with one is refused. Errors, before the handler began: timed_out,
  /// unavailable (connection, TLS, another answer than a WebSocket's; the message has its status), unknown_token (the
  /// answer was 401 or 403), forbidden (address rule), invalid_param (URL, headers). Messages name the origin, never
  /// the path or the query.
  virtual Task<Unit> run(WebSocketRequest request, Handler handler) = 0;
};

}  // namespace troupe::net::client
