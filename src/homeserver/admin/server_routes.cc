#include "homeserver/admin/server_routes.h"

#include "api/shape.h"
#include "homeserver/admin/admin_route.h"

namespace troupe::homeserver::admin {
namespace {

struct ServerVersion {
  std::string_view server_version;
};

}  // namespace
}  // namespace troupe::homeserver::admin

namespace troupe::api {

Shape<homeserver::admin::ServerVersion> make_shape(Of<homeserver::admin::ServerVersion>) {
  using homeserver::admin::ServerVersion;
  return Shape<ServerVersion>::part({member<&ServerVersion::server_version>("server_version")});
}

}  // namespace troupe::api

namespace troupe::homeserver::admin {
namespace {

/// COMPAT: dashboards compare the numbers and hide what an older Synapse had not. It is the one whose admin API ours
/// follows; the program's own version stands in /health of the platform.
constexpr std::string_view kSynapseVersion = "1.157.1";

Task<net::http::Response> get_server_version(net::route::Call&) {
  co_return api::answer(ServerVersion{.server_version = kSynapseVersion});
}

}  // namespace

void setup_admin_server(host::Context& context) {
  auto& router = context.routes();
  add_server_status_routes(router, context.db());
  add_background_update_routes(router, context.make<BackgroundUpdates>());
  // Asked by the pages on which one signs in, so open, as Synapse has it.
  admin_group(router, "/v1")
      .add({.method = "GET",
            .path = "/server_version",
            .summary = "The version of Synapse that the admin API is like",
            .needs = net::route::Access::open,
            .reply = api::schema_text<ServerVersion>(),
            .run = get_server_version});
}

}  // namespace troupe::homeserver::admin
