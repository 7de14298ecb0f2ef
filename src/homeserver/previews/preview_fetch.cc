#include "homeserver/previews/preview_fetch.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

namespace troupe::homeserver::previews {
namespace {

using Clock = std::chrono::steady_clock;
using net::client::ClientRequest;

/// SPEC: the ports from 1024 that the Fetch standard keeps browsers from, and databases that answer to HTTP.
constexpr std::uint16_t kOthersPorts[] = {1719, 1720, 1723, 2049, 2375, 2376,  2379,  3306,  3659, 4045, 4190,
                                          5060, 5061, 5432, 5984, 6000, 6379,  6566,  6665,  6666, 6667, 6668,
                                          6669, 6679, 6697, 9200, 9300, 10080, 10250, 11211, 27017};

Error not_there(std::string detail) {
  return Error(Errc::unavailable, "The page could not be fetched.", std::move(detail))
      .with_status(502)
      .with_wire_code("M_UNKNOWN");
}

Error refused() { return Error(Errc::forbidden, "This address may not be looked at.").with_wire_code("M_UNKNOWN"); }

bool is_address(const std::string& host) {
  boost::system::error_code none;
  boost::asio::ip::make_address(host, none);
  return !none;
}

/// What may be told of a failure. Whether a name leads into the private network, and where to, may not.
Error told(const Error& error, const net::http::Url& url) {
  switch (error.code()) {
    case Errc::forbidden:
      if (is_address(url.host)) return refused();
      return not_there(error.message());
    case Errc::too_large:
      return Error(Errc::too_large, "The page is too large for a preview.").with_status(502);
    case Errc::timed_out:
      return Error(Errc::timed_out, "The page did not come in time.").with_status(502);
    default:
      return not_there(error.message() + " " + error.detail());
  }
}

ClientRequest request_for(const net::http::Url& url, std::string_view accept, const FetchBounds& bounds,
                          std::chrono::milliseconds left) {
  ClientRequest request(net::client::Trust::untrusted);
  request.url = url.origin() + url.target;
  request.headers.add("Accept", std::string(accept));
  request.headers.add("Accept-Language", "en");
  request.headers.add("User-Agent", "Troupe (bot; link previews)");
  request.max_body_bytes = bounds.bytes;
  request.max_redirects = 0;
  request.connect_timeout = std::min(request.connect_timeout, left);
  request.first_byte_timeout = left;
  request.idle_timeout = left;
  request.total_timeout = left;
  return request;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

bool is_port_of_pages(std::uint16_t port) {
  if (port == 80 || port == 443) return true;
  return port >= 1024 && std::ranges::find(kOthersPorts, port) == std::end(kOthersPorts);
}

Task<Fetched> fetch(net::client::HttpClient& http, net::http::Url url, std::string_view accept, FetchBounds bounds) {
  const auto until = Clock::now() + bounds.time;
  for (int hops = 0; hops <= kMaxRedirects; ++hops) {
    if (!is_port_of_pages(url.port)) co_return refused();
    CO_TRY(bounds.admit(url));
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0) break;
    auto answer = co_await http.send(request_for(url, accept, bounds, left));
    if (!answer) co_return told(answer.error(), url);
    const auto location = std::string(answer->headers.get("location"));
    if (is_redirect(answer->status) && !location.empty()) {
      auto next = url.resolve(location);
      if (!next) co_return not_there(next.error().message());
      url = std::move(*next);
      continue;
    }
    if (answer->status != 200) co_return not_there("status " + std::to_string(answer->status));
    co_return Fetched{.url = std::move(url),
                      .content_type = std::string(answer->headers.get("content-type")),
                      .body = std::move(answer->body)};
  }
  co_return not_there("too many redirects, or too slow ones");
}

}  // namespace troupe::homeserver::previews
