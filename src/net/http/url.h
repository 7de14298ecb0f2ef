// http and https URLs, taken apart for the client.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace troupe::net::http {

/// An absolute http or https URL without a user name and without its fragment.
struct Url {
  bool tls = false;
  std::string host;  ///< decoded, lower case, an IPv6 address without brackets
  std::uint16_t port = 0;
  std::string target;  ///< path and query as they go on the wire; begins with "/"

  /// Characters that a URL may not hold are percent-encoded first, as browsers do.
  /// Errors: invalid_param (another scheme, no host, user name or password inside, not a URL, over 8 KiB).
  static Result<Url> parse(std::string_view text);
  /// Where a Location header of this URL's answer leads. Errors as parse.
  Result<Url> resolve(std::string_view location) const;

  /// "example.org", "[::1]:8080": as the Host header wants it, without the scheme's own port.
  std::string authority() const;
  /// "https://example.org"; the path, which may hold secrets, stays out.
  std::string origin() const;
  bool same_origin(const Url& other) const { return tls == other.tls && host == other.host && port == other.port; }
};

}  // namespace troupe::net::http
