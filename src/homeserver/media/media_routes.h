// The routes of the content repository: upload, download, thumbnails, limits; the authenticated ones and the old ones.
#pragma once
#include "homeserver/media/media_service.h"
#include "net/route/router.h"

namespace troupe::homeserver {

/// The services must outlive the router.
void add_media_routes(net::Router& router, MediaService& media, const host::Settings& settings);

}  // namespace troupe::homeserver
