#include "homeserver/media/media_routes.h"

#include <algorithm>
#include <charconv>

#include "homeserver/common/client_route.h"
#include "homeserver/common/settings.h"
#include "homeserver/media/file_response.h"

namespace troupe::homeserver::media {
namespace {

constexpr std::int64_t kDefaultWaitMs = 20'000;
constexpr std::int64_t kMaxEdge = 10'000;

/// A whole number in the query. Errors: missing_param (without `when_absent`), invalid_param.
Result<std::int64_t> query_integer(const net::route::Call& call, std::string_view name, std::int64_t min,
                                   std::int64_t max, std::optional<std::int64_t> when_absent = {}) {
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

Result<std::chrono::milliseconds> patience_of(const net::route::Call& call) {
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

/// The file, or the part that is asked for.
net::http::Response answer_with(const net::http::Request& request, OpenMedia file) {
  auto response = file_response(request, std::move(file));
  if (response.status != 416) return response;
  auto told = json_response({{"errcode", "M_UNKNOWN"}, {"error", "The file has no such bytes."}}, 416);
  told.headers.add("Content-Range", std::string(response.headers.get("Content-Range")));
  return told;
}

std::string uri(const MediaApi& api, std::string_view media_id) {
  return "mxc://" + api.settings.server_name + '/' + std::string(media_id);
}

Task<net::http::Response> get_config(MediaApi& api, net::route::Call&) {
  co_return json_response({{"m.upload.size", api.settings.of<MediaSettings>().max_upload_bytes}});
}

Task<net::http::Response> upload(MediaApi& api, net::route::Call& call, std::string media_id) {
  if (!call.request.stream) co_return Error(Errc::missing_param, "Send the file as the body of the request.");
  NewMedia media{.user_id = call.caller->user_id,
                 .media_id = std::move(media_id),
                 .content_type = std::string(call.request.headers.get("Content-Type")),
                 .upload_name = clean_name(call.request.query_value("filename"))};
  CO_TRY(auto made, co_await api.media.upload(std::move(media), *call.request.stream));
  co_return json_response({{"content_uri", uri(api, made)}});
}

Task<net::http::Response> post_upload(MediaApi& api, net::route::Call& call) { return upload(api, call, {}); }

/// To a place that was reserved.
Task<net::http::Response> put_upload(MediaApi& api, net::route::Call& call) {
  CO_TRY(check_own_server(api.settings, call.param("server")));
  const auto& media_id = call.param("media_id");
  if (!is_media_id(media_id)) co_return Error(Errc::not_found, "This place has not been reserved.");
  CO_TRY(co_await upload(api, call, media_id));
  co_return json_response({});
}

Task<net::http::Response> post_create(MediaApi& api, net::route::Call& call) {
  CO_TRY(auto made, co_await api.media.reserve(call.caller->user_id));
  co_return json_response({{"content_uri", uri(api, made.media_id)}, {"unused_expires_at", made.expires_ms}});
}

/// An administrator who must see what was put into quarantine says so; nobody else is heard.
Quarantined quarantined_for(const net::route::Call& call) {
  const bool asked = call.request.query_value("admin_unsafely_bypass_quarantine") == "true";
  return asked && call.caller->role == net::route::Role::admin ? Quarantined::shown : Quarantined::hidden;
}

Task<net::http::Response> get_download(MediaApi& api, net::route::Call& call) {
  CO_TRY(check_own_server(api.settings, call.param("server")));
  CO_TRY(auto patience, patience_of(call));
  CO_TRY(auto file, co_await api.media.open(call.param("media_id"), patience, quarantined_for(call)));
  if (const auto name = find_param(call, "file_name")) file.upload_name = clean_name(*name);
  co_return answer_with(call.request, std::move(file));
}

Task<net::http::Response> get_thumbnail(MediaApi& api, net::route::Call& call) {
  CO_TRY(check_own_server(api.settings, call.param("server")));
  CO_TRY(auto patience, patience_of(call));
  ThumbnailShape shape;
  CO_TRY(shape.width, query_integer(call, "width", 1, kMaxEdge));
  CO_TRY(shape.height, query_integer(call, "height", 1, kMaxEdge));
  const auto method = call.request.query_value("method").value_or("scale");
  if (method != "crop" && method != "scale") co_return Error(Errc::invalid_param, "method must be crop or scale.");
  shape.crop = method == "crop";
  CO_TRY(auto file, co_await api.media.open_thumbnail(call.param("media_id"), shape, patience));
  file.upload_name.reset();
  co_return answer_with(call.request, std::move(file));
}

/// Old addresses without a token. NOTSPEC: they are frozen from the first day, so only who is signed in gets the file,
/// and everybody else is told that there is none.
net::route::Handler for_signed_in(net::route::Handler handler) {
  return [handler = std::move(handler)](net::route::Call& call) -> Task<net::http::Response> {
    if (!call.caller) {
      co_return Error(Errc::not_found, "Files are at /_matrix/client/v1/media for signed-in users only.");
    }
    co_return co_await handler(call);
  };
}

}  // namespace

void add_media_routes(net::route::Router& router, MediaApi& api) {
  constexpr std::chrono::minutes kLong{2};
  constexpr std::string_view kDownload = "/download/{server}/{media_id}";
  constexpr std::string_view kNamed = "/download/{server}/{media_id}/{file_name}";
  constexpr std::string_view kThumbnail = "/thumbnail/{server}/{media_id}";
  const auto download = api::bind(get_download, api);
  const auto thumbnail = api::bind(get_thumbnail, api);

  const auto now =
      matrix_group(router, {.prefix = std::string(kClientV1) + "/media", .needs = net::route::Access::user});
  now.add({.method = "GET", .path = "/config", .deadline = kLong, .run = api::bind(get_config, api)});
  now.add({.method = "GET", .path = kDownload, .deadline = kLong, .run = download});
  now.add({.method = "GET", .path = kNamed, .deadline = kLong, .run = download});
  now.add({.method = "GET", .path = kThumbnail, .deadline = kLong, .run = thumbnail});

  const auto old = matrix_group(
      router, {.prefix = "/_matrix/media/v3", .needs = net::route::Access::user, .rate = net::route::Rate::upload});
  constexpr std::chrono::minutes kSlowLine{30};  // without progress the connection ends much sooner
  old.add({.method = "POST",
           .path = "/upload",
           .takes = net::route::Body::stream,
           .max_body_bytes = api.settings.of<MediaSettings>().max_upload_bytes,
           .deadline = kSlowLine,
           .run = api::bind(post_upload, api)});
  old.add({.method = "PUT",
           .path = "/upload/{server}/{media_id}",
           .takes = net::route::Body::stream,
           .max_body_bytes = api.settings.of<MediaSettings>().max_upload_bytes,
           .deadline = kSlowLine,
           .run = api::bind(put_upload, api)});
  old.add({.method = "POST", .path = "/create", .run = api::bind(post_create, api)});

  const auto readers = matrix_group(
      router, {.prefix = "/_matrix/media/v3", .needs = net::route::Access::optional, .rate = net::route::Rate::read});
  readers.add({.method = "GET",
               .path = "/config",
               .needs = net::route::Access::user,
               .deadline = kLong,
               .run = api::bind(get_config, api)});
  readers.add({.method = "GET", .path = kDownload, .deadline = kLong, .run = for_signed_in(download)});
  readers.add({.method = "GET", .path = kNamed, .deadline = kLong, .run = for_signed_in(download)});
  readers.add({.method = "GET", .path = kThumbnail, .deadline = kLong, .run = for_signed_in(thumbnail)});
}

}  // namespace troupe::homeserver::media
