// GET and PUT /presence/{userId}/status.
#include "homeserver/accounts/session.h"
#include "homeserver/common/client_route.h"
#include "homeserver/sync/read_routes.h"
#include "homeserver/sync/shared_room_store.h"
#include "homeserver/sync/sync_presence.h"

namespace troupe::homeserver::sync {
namespace {

constexpr std::size_t kMaxStatusBytes = 512;

Task<net::http::Response> put_presence(PresenceApi& api, net::route::Call& call) {
  CO_TRY(require_self(call, call.param("user_id")));
  const auto& body = net::route::body_object(call);
  CO_TRY(auto state, net::route::required_string(body, "presence", 16));
  CO_TRY(auto message, net::route::optional_string(body, "status_msg", kMaxStatusBytes));
  const auto availability = availability_of(state);
  if (!availability) co_return Error(Errc::invalid_param, "presence must be online, unavailable or offline.");
  if (accounts::is_shadow_banned(call)) message.reset();
  api.presence.set(call.caller->user_id, call.caller->device_id, *availability, std::move(message).value_or(""));
  co_await api.feed.publish();
  co_return json_response({});
}

Task<net::http::Response> get_presence(PresenceApi& api, net::route::Call& call) {
  const auto& user = call.param("user_id");
  if (user != call.caller->user_id) {
    auto look = [&](store::Connection& connection) -> Result<bool> {
      return shared_room_store::share_a_room(connection, call.caller->user_id, user);
    };
    CO_TRY(const bool known, co_await api.db.read(look));
    if (!known) co_return Error(Errc::forbidden, "You may see the presence of people you share a room with.");
  }
  co_return json_response(presence_content(api.presence.get(user)));
}

}  // namespace

void add_presence_routes(net::route::Router& router, PresenceApi& api) {
  const auto group = matrix_group(
      router, {.prefix = std::string(kClientV3) + "/presence/{user_id}/status", .needs = net::route::Access::user});
  group.add({.method = "GET", .run = api::bind(get_presence, api)});
  group.add({.method = "PUT",
             .takes = net::route::Body::json_required,
             .max_body_bytes = 16UL * 1024,
             .run = api::bind(put_presence, api)});
}

}  // namespace troupe::homeserver::sync
