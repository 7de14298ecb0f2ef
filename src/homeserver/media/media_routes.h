// The routes of the content repository: upload, download, thumbnails, limits; the authenticated ones and the old ones.
#pragma once
#include "homeserver/media/media_service.h"
#include "net/route/router.h"

namespace troupe::homeserver::media {

struct MediaApi {
  MediaService& media;
  const host::Settings& settings;
};
/// What they use must outlive the router.
void add_media_routes(net::route::Router& router, MediaApi& api);

}  // namespace troupe::homeserver::media
