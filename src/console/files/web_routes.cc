// The web console: `/` and deep links under `/ui/` get its page, `/ui/assets/…` its files.
#include "api/group.h"
#include "console/files/assets.h"
#include "console/files/file_routes.h"
#include "console/files/settings.h"

namespace troupe::console::files {
namespace {

using net::http::Response;
using net::route::Call;

// No inline scripts and no inline styles: web/README.md says what the console leaves out for that.
constexpr std::string_view kPolicy =
    "default-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

bool accepts_gzip(const net::http::Request& request) {
  auto accepted = request.headers.get("Accept-Encoding");
  auto at = accepted.find("gzip");
  if (at == accepted.npos) return false;
  auto rest = accepted.substr(at + 4, accepted.substr(at).find(','));
  return !rest.starts_with(";q=0") || rest.starts_with(";q=0.");
}

Response send(const net::http::Request& request, const Asset& asset) {
  Response response;
  auto& headers = response.headers;
  headers.add("Content-Type", asset.content_type);
  headers.add("ETag", asset.etag);
  headers.add("Cache-Control", asset.hashed_name ? "public, max-age=31536000, immutable" : "no-cache");
  headers.add("Vary", "Accept-Encoding");
  headers.add("Referrer-Policy", "same-origin");
  if (asset.content_type.starts_with("text/html")) {
    headers.add("Content-Security-Policy", std::string(kPolicy));
    headers.add("X-Frame-Options", "DENY");
  }
  if (request.headers.get("If-None-Match").find(asset.etag) != std::string_view::npos) {
    response.status = 304;
    return response;
  }
  if (asset.gzip && accepts_gzip(request)) {
    headers.add("Content-Encoding", "gzip");
    response.shared_body = asset.gzip;
  } else {
    response.shared_body = asset.bytes;
  }
  return response;
}

Task<Response> page(const Assets& assets, const net::http::Request& request) {
  auto index = assets.find("index.html");
  if (!index) co_return Error(Errc::not_found, "The folder of the console holds no index.html.");
  co_return send(request, *index);
}

Task<Response> file(const Assets& assets, Call& call) {
  const auto& path = call.param("path");
  if (auto asset = assets.find(path)) co_return send(call.request, *asset);
  // Files that are not there stay not there; anything else is a page of the console.
  if (path.starts_with("assets/") || path.find('.') != std::string::npos) {
    co_return Error(Errc::not_found, "The console has no such file.");
  }
  co_return co_await page(assets, call.request);
}

}  // namespace

void add_web_routes(net::route::Router& routes, const host::Settings& settings) {
  const auto& folder = settings.of<ConsoleSettings>().web_dir;
  std::shared_ptr<const Assets> assets = folder.empty() ? make_embedded_assets() : make_disk_assets(folder);
  const api::Group group(routes, {.prefix = "", .needs = net::route::Access::open});
  for (const char* path : {"/", "/ui", "/ui/"}) {
    group.add({.method = "GET", .path = path, .run = [assets](Call& call) { return page(*assets, call.request); }});
  }
  group.add({.method = "GET", .path = "/ui/{path*}", .run = [assets](Call& call) { return file(*assets, call); }});
}

}  // namespace troupe::console::files
