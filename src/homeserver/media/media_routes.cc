#include "homeserver/media/media_routes.h"

#include <charconv>

#include "homeserver/client_route.h"
#include "homeserver/media/media_types.h"

namespace troupe::homeserver {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr std::int64_t kDefaultWaitMs = 20'000;
constexpr std::int64_t kMaxEdge = 10'000;
constexpr std::string_view kSandbox =
    "sandbox; default-src 'none'; script-src 'none'; style-src 'unsafe-inline'; media-src 'self'; object-src 'self'";

/// A whole number in the query. Errors: missing_param (without `when_absent`), invalid_param.
Result<std::int64_t> query_integer(const net::Call& call, std::string_view name, std::int64_t min, std::int64_t max,
                                   std::optional<std::int64_t> when_absent = {}) {
  const auto text = call.request.query_value(name);
  if (!text && when_absent) return *when_absent;
  if (!text) return Error(Errc::missing_param, std::string(name) + " is missing.");
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (failed != std::errc() || end != text->data() + text->size() || value < min) {
    return Error(Errc::invalid_param,
                 std::string(name) + " must be a whole number of at least " + std::to_string(min) + ".");
  }
  return std::min(value, max);
}

Result<std::chrono::milliseconds> patience_of(const net::Call& call) {
  TRY(auto wait_ms, query_integer(call, "timeout_ms", 0, MediaService::kMaxWait.count(), kDefaultWaitMs));
  return std::chrono::milliseconds(wait_ms);
}

/// Files of other servers are not fetched: this server does not federate.
Result<Unit> check_own_server(const host::Settings& settings, std::string_view server) {
  if (server == settings.server_name) return Unit{};
  return Error(Errc::not_found, "This server has files of its own users only.");
}

/// A name that may stand in a header and in a database: no control characters.
std::optional<std::string> clean_name(std::optional<std::string_view> name) {
  if (!name || name->empty() || name->size() > MediaService::kMaxNameBytes) return std::nullopt;
  if (std::ranges::any_of(*name, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; })) return std::nullopt;
  return std::string(*name);
}

/// The whole file, piece by piece.
net::Response file_response(MediaService& media, const net::Request& request, OpenMedia file) {
  const std::string tag = '"' + file.sha256 + '"';
  net::Response response;
  response.headers.add("ETag", tag);
  // A file never changes under its id; but only who may see it may keep it.
  response.headers.add("Cache-Control", "private, max-age=86400, immutable");
  response.headers.add("Cross-Origin-Resource-Policy", "cross-origin");
  response.headers.add("Content-Security-Policy", std::string(kSandbox));
  response.headers.add("X-Content-Type-Options", "nosniff");
  if (request.headers.get("If-None-Match") == tag) {
    response.status = 304;
    return response;
  }
  response.headers.add("Content-Type", file.content_type);
  response.headers.add("Content-Disposition", content_disposition(file.content_type, file.upload_name));
  response.content_length = file.reader->bytes();
  response.stream = [&media, reader = std::move(file.reader)](net::BodyWriter& out) -> Task<Unit> {
    for (std::uint64_t at = 0; at < reader->bytes();) {
      CO_TRY(auto piece, co_await media.read(reader, at, kPieceBytes));
      if (piece.empty()) co_return Error(Errc::unavailable, "The file ended early.");
      at += piece.size();
      CO_TRY(co_await out.write(std::move(piece)));
    }
    co_return Unit{};
  };
  return response;
}

class MediaRoutes {
 public:
  MediaRoutes(MediaService& media, const host::Settings& settings) : media_(media), settings_(settings) {}

  Task<net::Response> config(net::Call&) { co_return json_response({{"m.upload.size", settings_.max_upload_bytes}}); }

  Task<net::Response> upload(net::Call& call, std::string media_id) {
    if (!call.request.stream) co_return Error(Errc::missing_param, "Send the file as the body of the request.");
    NewMedia media{.user_id = call.caller->user_id,
                   .media_id = std::move(media_id),
                   .content_type = std::string(call.request.headers.get("Content-Type")),
                   .upload_name = clean_name(call.request.query_value("filename"))};
    CO_TRY(auto made, co_await media_.upload(std::move(media), *call.request.stream));
    co_return json_response({{"content_uri", uri(made)}});
  }

  Task<net::Response> upload_reserved(net::Call& call) {
    CO_TRY([[maybe_unused]] Unit own, check_own_server(settings_, call.param("server")));
    const auto& media_id = call.param("media_id");
    if (!is_media_id(media_id)) co_return Error(Errc::not_found, "This place has not been reserved.");
    CO_TRY(co_await upload(call, media_id));
    co_return json_response({});
  }

  Task<net::Response> create(net::Call& call) {
    CO_TRY(auto made, co_await media_.reserve(call.caller->user_id));
    co_return json_response({{"content_uri", uri(made.media_id)}, {"unused_expires_at", made.expires_ms}});
  }

  Task<net::Response> download(net::Call& call, std::optional<std::string> name) {
    CO_TRY([[maybe_unused]] Unit own, check_own_server(settings_, call.param("server")));
    CO_TRY(auto patience, patience_of(call));
    CO_TRY(auto file, co_await media_.open(call.param("media_id"), patience));
    if (name) file.upload_name = clean_name(*name);
    co_return file_response(media_, call.request, std::move(file));
  }

  Task<net::Response> thumbnail(net::Call& call) {
    CO_TRY(check_own_server(settings_, call.param("server")));
    CO_TRY(auto patience, patience_of(call));
    ThumbnailShape shape;
    CO_TRY(shape.width, query_integer(call, "width", 1, kMaxEdge));
    CO_TRY(shape.height, query_integer(call, "height", 1, kMaxEdge));
    const auto method = call.request.query_value("method").value_or("scale");
    if (method != "crop" && method != "scale") co_return Error(Errc::invalid_param, "method must be crop or scale.");
    shape.crop = method == "crop";
    CO_TRY(auto file, co_await media_.open_thumbnail(call.param("media_id"), shape, patience));
    file.upload_name.reset();
    co_return file_response(media_, call.request, std::move(file));
  }

 private:
  std::string uri(std::string_view media_id) const {
    return "mxc://" + settings_.server_name + '/' + std::string(media_id);
  }
  MediaService& media_;
  const host::Settings& settings_;
};

/// Old addresses without a token. NOTSPEC: they are frozen from the first day, so only who is signed in gets the file,
/// and everybody else is told that there is none.
net::Handler for_signed_in(net::Handler handler) {
  return [handler = std::move(handler)](net::Call& call) -> Task<net::Response> {
    if (!call.caller) {
      co_return Error(Errc::not_found, "Files are at /_matrix/client/v1/media for signed-in users only.");
    }
    co_return co_await handler(call);
  };
}

}  // namespace

void add_media_routes(net::Router& router, MediaService& media, const host::Settings& settings) {
  auto routes = std::make_shared<MediaRoutes>(media, settings);
  const net::Handler config = [routes](net::Call& call) { return routes->config(call); };
  const net::Handler download = [routes](net::Call& call) { return routes->download(call, std::nullopt); };
  const net::Handler named = [routes](net::Call& call) { return routes->download(call, call.param("file_name")); };
  const net::Handler thumbnail = [routes](net::Call& call) { return routes->thumbnail(call); };

  const auto add_get = [&router](std::string path, net::Handler handler, net::Access needs) {
    auto route = matrix_route("GET", std::move(path), std::move(handler));
    route.needs = needs;
    route.deadline = std::chrono::minutes(2);
    router.add(std::move(route));
  };
  const std::string now = "/_matrix/client/v1/media";
  add_get(now + "/config", config, net::Access::user);
  add_get(now + "/download/{server}/{media_id}", download, net::Access::user);
  add_get(now + "/download/{server}/{media_id}/{file_name}", named, net::Access::user);
  add_get(now + "/thumbnail/{server}/{media_id}", thumbnail, net::Access::user);
  const std::string old = "/_matrix/media/v3";
  add_get(old + "/config", config, net::Access::user);
  add_get(old + "/download/{server}/{media_id}", for_signed_in(download), net::Access::optional);
  add_get(old + "/download/{server}/{media_id}/{file_name}", for_signed_in(named), net::Access::optional);
  add_get(old + "/thumbnail/{server}/{media_id}", for_signed_in(thumbnail), net::Access::optional);

  auto upload = matrix_route("POST", old + "/upload", [routes](net::Call& call) { return routes->upload(call, {}); });
  upload.rate = net::Rate::upload;
  upload.body = net::Body::stream;
  upload.max_body_bytes = settings.max_upload_bytes;
  upload.deadline = std::chrono::minutes(30);  // a slow line; without progress the connection ends much sooner
  router.add(upload);
  upload.method = "PUT";
  upload.path = old + "/upload/{server}/{media_id}";
  upload.run = [routes](net::Call& call) { return routes->upload_reserved(call); };
  router.add(std::move(upload));

  auto create = matrix_route("POST", old + "/create", [routes](net::Call& call) { return routes->create(call); });
  create.rate = net::Rate::upload;
  create.body = net::Body::none;
  router.add(std::move(create));
}

}  // namespace troupe::homeserver
