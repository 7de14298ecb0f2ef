// GET …/media/preview_url, and its older path.
#pragma once
#include "homeserver/previews/preview_service.h"
#include "net/route/router.h"

namespace troupe::homeserver::previews {

struct PreviewApi {
  PreviewService& previews;
  const host::Settings& settings;
};
/// While media.url_previews is off they answer as an endpoint that is not there. What they use must outlive the router.
void add_preview_routes(net::route::Router& router, PreviewApi& api);

}  // namespace troupe::homeserver::previews
