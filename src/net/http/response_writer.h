// Writes the head of an answer. Pure: no sockets.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "net/http/http.h"

namespace troupe::net::http {

/// How the body of an answer is delimited on the wire.
enum class Framing { none, length, chunked, until_close };

struct HeadFacts {
  std::string_view date;  ///< "Sun, 06 Nov 1994 08:49:37 GMT"
  std::string_view request_id;
  Framing framing = Framing::length;
  std::uint64_t content_length = 0;
  bool keep_alive = true;
  bool http_1_0 = false;     ///< of the request: keep-alive must then be said
  bool cors = false;         ///< pages of any site may read it
  std::uint64_t hsts_s = 0;  ///< seconds for which browsers insist on TLS; 0: not said
};

/// Appends status line, fields and the empty line. Fields of the response that the server owns (Date, Connection,
/// Content-Length, Transfer-Encoding, X-Request-Id) are left out, and so is a field that would break the head (CR, LF,
/// NUL).
void write_head(std::string& out, const Response& response, const HeadFacts& facts);

/// The reason phrase of a status code; never empty.
std::string_view reason_phrase(int status);

/// IMF-fixdate of now (RFC 9110 5.6.7), made once a second and thread.
std::string_view http_date();

}  // namespace troupe::net::http
