// Turns the bytes of an HTTP/1.1 connection into requests, with limits. No sockets: fuzzed as it is.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http/http.h"

namespace troupe::net::http {

struct HeadLimits {
  std::size_t head_bytes = 32 * 1024;
  std::size_t header_count = 100;
  std::size_t target_bytes = 8 * 1024;
};

/// One connection's parser; reused from request to request. Stricter than the grammar where leniency helps smuggling:
/// Content-Length together with Transfer-Encoding, two different lengths, any coding but "chunked", a missing or second
/// Host are 400. Spec: RFC 9112.
class RequestParser {
 public:
  explicit RequestParser(HeadLimits limits);
  ~RequestParser();

  /// Begins the next request, which goes into `request` (cleared here; must outlive the parsing). Body bytes are
  /// appended to request.body; who streams takes them from there between two calls of feed().
  void start(Request& request);

  /// Consumes from the front of `bytes` and says how many; the rest must come again, with more behind it. Stops after
  /// the head, so that limits can be set before the body. Errors carry their status: 400, 413 (body), 414 (target), 431
  /// (head), 501, 505. After an error the connection is of no use any more.
  Result<std::size_t> feed(std::string_view bytes);

  bool started() const;  ///< a byte of the request has been seen
  bool head_done() const;
  bool done() const;  ///< head and body
  /// Valid after the head.
  bool keep_alive() const;
  bool expects_continue() const;
  bool has_body() const;
  std::uint64_t content_length() const;  ///< 0 when chunked or without body
  bool http_1_0() const;

  /// Body bytes parsed so far, without the chunks' own lines.
  std::uint64_t body_seen() const;
  /// Body bytes above this are too_large. Set after the head.
  void limit_body(std::uint64_t bytes);
  /// Body bytes are counted and dropped from here on.
  void discard_body();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace troupe::net::http
