#include "net/server/compress.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>
#include <string_view>

#include "net/http/gzip.h"

namespace troupe::net::server {
namespace {

constexpr std::size_t kCompressFrom = 1024;
constexpr std::size_t kCompressUpTo = 4 * 1024 * 1024;
constexpr std::size_t kPiece = 128 * 1024;  ///< a millisecond or two of work

bool accepts_gzip(std::string_view accepted) {
  auto at = accepted.find("gzip");
  if (at == accepted.npos) return false;
  auto parameters = accepted.substr(at + 4, accepted.find(',', at) - at - 4);
  std::string spaceless(parameters);
  std::erase(spaceless, ' ');
  return spaceless != ";q=0" && !spaceless.starts_with(";q=0.0");
}

bool is_text(std::string_view content_type) {
  return content_type.starts_with("text/") || content_type.starts_with("application/json") ||
         content_type.starts_with("application/problem+json") || content_type.starts_with("application/javascript") ||
         content_type.starts_with("application/manifest+json") || content_type.starts_with("image/svg+xml");
}

}  // namespace

asio::awaitable<void> maybe_compress(const http::Request& request, http::Response& response) {
  const std::string_view body = response.shared_body ? *response.shared_body : response.body;
  if (body.size() < kCompressFrom || body.size() > kCompressUpTo || response.status < 200 || response.status == 206)
    co_return;
  if (!is_text(response.headers.get("Content-Type")) || response.headers.has("Content-Encoding")) co_return;
  response.headers.add("Vary", "Accept-Encoding");
  if (!accepts_gzip(request.headers.get("Accept-Encoding"))) co_return;
  http::GzipEncoder encoder(body.size());
  encoder.add(body.substr(0, kPiece));
  for (std::size_t done = kPiece; done < body.size(); done += kPiece) {
    co_await asio::post(asio::use_awaitable);
    encoder.add(body.substr(done, kPiece));
  }
  response.body = encoder.finish();
  response.shared_body.reset();
  response.headers.add("Content-Encoding", "gzip");
}

}  // namespace troupe::net::server
