#include "homeserver/media/file_response.h"

#include <algorithm>

#include "homeserver/media/media_types.h"
#include "net/http/byte_range.h"

namespace troupe::homeserver::media {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr std::string_view kSandbox =
    "sandbox; default-src 'none'; script-src 'none'; style-src 'unsafe-inline'; media-src 'self'; object-src 'self'";

}  // namespace

net::http::Response file_response(const net::http::Request& request, OpenMedia file) {
  const std::string tag = '"' + file.sha256 + '"';
  net::http::Response response;
  response.headers.add("ETag", tag);
  // A file never changes under its id; but only who may see it may keep it.
  response.headers.add("Cache-Control", "private, max-age=86400, immutable");
  response.headers.add("Cross-Origin-Resource-Policy", "cross-origin");
  response.headers.add("Content-Security-Policy", std::string(kSandbox));
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("Accept-Ranges", "bytes");
  if (request.headers.get("If-None-Match") == tag) {
    response.status = 304;
    return response;
  }
  const auto whole_bytes = file.reader->bytes();
  const auto asked = net::http::asked_range(request, tag, whole_bytes);
  if (asked.kind == net::http::AskedRange::Kind::beyond) {
    response = {};
    response.status = 416;
    response.headers.add("Content-Range", "bytes */" + std::to_string(whole_bytes));
    return response;
  }
  const bool is_part = asked.kind == net::http::AskedRange::Kind::part;
  const auto first = is_part ? asked.first : 0;
  const auto end = is_part ? asked.last + 1 : whole_bytes;
  if (is_part) {
    response.status = 206;
    response.headers.add("Content-Range", "bytes " + std::to_string(asked.first) + '-' + std::to_string(asked.last) +
                                              '/' + std::to_string(whole_bytes));
  }
  response.headers.add("Content-Type", file.content_type);
  response.headers.add("Content-Disposition", content_disposition(file.content_type, file.upload_name));
  response.content_length = end - first;
  response.stream = [reader = std::move(file.reader), first, end](net::http::BodyWriter& out) -> Task<Unit> {
    for (auto at = first; at < end;) {
      const auto limit = static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, end - at));
      CO_TRY(auto piece, co_await reader->read(at, limit));
      if (piece.empty()) co_return Error(Errc::unavailable, "The file ended early.");
      at += piece.size();
      CO_TRY(co_await out.write(std::move(piece)));
    }
    co_return Unit{};
  };
  return response;
}

}  // namespace troupe::homeserver::media
