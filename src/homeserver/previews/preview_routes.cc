#include "homeserver/previews/preview_routes.h"

#include "homeserver/common/client_route.h"
#include "homeserver/common/settings.h"

namespace troupe::homeserver::previews {
namespace {

Task<net::http::Response> get_preview(PreviewApi& api, net::route::Call& call) {
  if (!api.settings.of<PreviewSettings>().enabled) {
    co_return Error(Errc::unrecognized, "This server makes no previews of pages.");
  }
  const auto address = call.request.query_value("url");
  if (!address || address->empty()) co_return Error(Errc::missing_param, "url is missing.");
  std::optional<base::UnixMs> at;
  if (const auto text = call.request.query_value("ts")) {
    at = net::route::whole_number(*text);
    if (!at || *at < 0) co_return Error(Errc::invalid_param, "ts must be a time in milliseconds.");
  }
  CO_TRY(auto answer, co_await api.previews.preview(call.caller->user_id, std::string(*address), at));
  co_return net::http::Response::json(std::move(answer));
}

}  // namespace

void add_preview_routes(net::route::Router& router, PreviewApi& api) {
  constexpr std::chrono::minutes kLong{2};
  for (const auto& prefix : {std::string(kClientV1) + "/media", std::string("/_matrix/media/v3")}) {
    matrix_group(router, {.prefix = prefix, .needs = net::route::Access::user})
        .add({.method = "GET", .path = "/preview_url", .deadline = kLong, .run = api::bind(get_preview, api)});
  }
}

}  // namespace troupe::homeserver::previews
