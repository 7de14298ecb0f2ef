// HTTP messages as the rest of the program sees them. No Beast, no sockets.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/task.h"

namespace troupe::net::http {

/// Header fields in order; names compare without case.
class Headers {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  /// Puts a field in place of all of that name.
  void set(std::string_view name, std::string value);
  /// add() that reuses the memory of fields that clear() removed.
  void append(std::string_view name, std::string_view value);
  void clear();
  /// Empty when absent; the first when repeated.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
  std::vector<std::pair<std::string, std::string>> spare_;
};

/// Whether two header names or tokens are equal without case (ASCII).
bool equals_ignoring_case(std::string_view a, std::string_view b);

/// The body of a request on a route declared with `stream_body`. The caller keeps it alive until the handler ends.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  /// The next piece; empty at the end. Errors: too_large (over the route's limit), timed_out, bad_json never.
  virtual Task<std::string> next() = 0;
};

/// Where a streaming answer goes. Errors: unavailable when the peer is gone or reads too slowly.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  virtual Task<Unit> write(std::string piece) = 0;
};

/// An accepted WebSocket, RFC 6455. One reader and one writer at a time.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  struct Message {
    bool text = true;
    std::string bytes;
  };
  /// The next whole message; pings are answered inside. Error unavailable: closed.
  virtual Task<Message> receive() = 0;
  virtual Task<Unit> send(Message message) = 0;
  virtual Task<Unit> close(std::uint16_t code, std::string reason) = 0;
};

using QueryParams = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;
  std::string target;  ///< as on the wire: path and query
  std::string path;    ///< as on the wire, still percent-encoded, without the query
  QueryParams query;   ///< decoded, in order; repeated names stay
  Headers headers;
  std::string body;              ///< whole, already within the route's limit; empty with `stream_body`
  BodyReader* stream = nullptr;  ///< only with `stream_body`
  std::string remote_address;    ///< of the socket, or from a trusted proxy's X-Forwarded-For; "unix" on a local socket
  bool tls = false;
  bool local = false;      ///< over the program's own unix socket (0600), which only its owner can open
  bool inside = false;     ///< made by the program itself (route::Router::dispatch), never by a socket
  std::string request_id;  ///< ours, also in the answer's X-Request-Id and in logs

  /// The first value of a query parameter.
  std::optional<std::string_view> query_value(std::string_view name) const;
  std::vector<std::string_view> query_values(std::string_view name) const;
  /// Sets target, path and query from a request target. Errors: invalid_param (not a path, bad escape, not UTF-8, too
  /// many parameters).
  Result<Unit> set_target(std::string_view wire);
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  std::shared_ptr<const std::string> shared_body;  ///< instead of `body`, for bytes that many answers share
  /// Instead of a body: written piece by piece (SSE, files), chunked unless `content_length` says how long it is.
  std::function<Task<Unit>(BodyWriter&)> stream;
  std::optional<std::uint64_t> content_length;
  /// Answers 101 and hands over the socket; for a route declared with `websocket`.
  std::function<asio::awaitable<void>(WebSocket&)> websocket;

  static Response json(std::string serialized, int status = 200);
  static Response text(std::string body, int status = 200, std::string content_type = "text/plain; charset=utf-8");
  static Response empty(int status) {
    return {.status = status,
            .headers = {},
            .body = {},
            .shared_body = {},
            .stream = {},
            .content_length = {},
            .websocket = {}};
  }
};

}  // namespace troupe::net::http
