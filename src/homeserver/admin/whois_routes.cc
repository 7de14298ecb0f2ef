// Where somebody is signed in: Synapse's admin API, and the same in the specification (Client-Server API
// #get_matrixclientv3adminwhoisuserid), where everybody may ask it of themselves.
#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/admin_user.h"
#include "homeserver/admin/user_routes.h"
#include "homeserver/admin/user_shapes.h"

namespace troupe::homeserver::admin {
namespace {

using net::route::Call;

Task<net::http::Response> show_connections(UserAdminApi& api, std::string user_id) {
  CO_TRY(auto devices, co_await api.devices.list(user_id));
  ConnectionList seen;
  for (auto& device : devices) {
    if (!device.last_seen_ms) continue;
    seen.connections.push_back({.ip = std::move(device.last_seen_ip).value_or(""),
                                .last_seen = *device.last_seen_ms,
                                .user_agent = std::move(device.last_seen_user_agent).value_or("")});
  }
  // As Synapse has it: all under one nameless device.
  Whois shown{.user_id = std::move(user_id), .devices = {}};
  shown.devices[""].sessions.push_back(std::move(seen));
  co_return api::answer(shown);
}

Task<net::http::Response> get_whois(UserAdminApi& api, Call& call) {
  CO_TRY(auto user_id, local_user(api.accounts, call));
  co_return co_await show_connections(api, std::move(user_id));
}

Task<net::http::Response> get_own_whois(UserAdminApi& api, Call& call) {
  if (call.caller->role != net::route::Role::admin) {
    CO_TRY(require_self(call, call.param("user_id")));
  }
  co_return co_await get_whois(api, call);
}

}  // namespace

void add_whois_routes(net::route::Router& router, UserAdminApi& api) {
  admin_group(router, "/v1/whois/{user_id}")
      .add({.method = "GET",
            .summary = "From where an account was last seen",
            .reply = api::schema_text<Whois>(),
            .run = api::bind(get_whois, api)});
  matrix_group(router, {.prefix = std::string(kClientV3) + "/admin/whois/{user_id}", .needs = net::route::Access::user})
      .add({.method = "GET", .reply = api::schema_text<Whois>(), .run = api::bind(get_own_whois, api)});
}

}  // namespace troupe::homeserver::admin
