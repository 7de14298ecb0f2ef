// Synapse's admin API of uploads: https://element-hq.github.io/synapse/latest/admin_api/media_admin_api.html
#pragma once
#include "homeserver/media/media_moderation.h"
#include "homeserver/media/media_removal.h"
#include "host/module.h"
#include "net/route/router.h"

namespace troupe::homeserver::media_admin {

/// Must outlive the router.
struct MediaAdminApi {
  store::Database& db;
  media::MediaModeration& moderation;
  media::MediaRemoval& removal;
  const host::Settings& settings;
};
void add_media_list_routes(net::route::Router& router, MediaAdminApi& api);        ///< lists, one, totals
void add_media_moderation_routes(net::route::Router& router, MediaAdminApi& api);  ///< quarantine, protection, removal

/// Makes what the routes use, which lives as long as the context, with the routes.
void setup_media_admin(host::Context& context, media::MediaRemoval& removal);

/// Error: invalid_param unless it is a user id of this server.
Result<Unit> check_local_user(const MediaAdminApi& api, std::string_view user_id);
/// Which uploads of the path's account are asked for, and in what order; ?from, ?limit, ?dir, ?order_by. Errors:
/// invalid_param.
Result<media::MediaListQuery> read_media_list(const MediaAdminApi& api, const net::route::Call& call);

}  // namespace troupe::homeserver::media_admin
