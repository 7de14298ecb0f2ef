// Fetching what an address leads to, when the address came from a person and may be meant to harm.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "net/client/client.h"
#include "net/http/url.h"

namespace troupe::homeserver::previews {

struct Fetched {
  net::http::Url url;  ///< where it was found, after redirects
  std::string content_type;
  std::string body;
};

struct FetchBounds {
  std::size_t bytes = 0;                   ///< also after decompression
  std::chrono::milliseconds time{10'000};  ///< of all redirects together
  /// Whether an address may be asked now: of each, redirects too.
  std::function<Result<Unit>(const net::http::Url&)> admit;
};

/// Ports that pages may have: 80, 443 and those from 1024 that are not known as another service's.
bool is_port_of_pages(std::uint16_t port);

/// GET with the client's rules for untrusted addresses at every hop, at most kMaxRedirects of them, to such ports only,
/// without credentials. Says of a name in a private network what it says of one that is not there. Errors, with what
/// the Matrix dialect needs: forbidden (an address of the private network, or a port), unavailable with 502, too_large
/// with 502, timed_out, those of `admit`.
inline constexpr int kMaxRedirects = 5;
Task<Fetched> fetch(net::client::HttpClient& http, net::http::Url url, std::string_view accept, FetchBounds bounds);

}  // namespace troupe::homeserver::previews
