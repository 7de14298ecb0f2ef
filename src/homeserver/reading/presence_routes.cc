// GET and PUT /presence/{userId}/status.
#include "homeserver/accounts/account_routes.h"
#include "homeserver/client_route.h"
#include "homeserver/reading/presence.h"
#include "homeserver/rooms/shared_room_store.h"

namespace troupe::homeserver {
namespace {

constexpr std::size_t kMaxStatusBytes = 512;

Task<net::Response> put_presence(Presence& presence, net::Call& call) {
  CO_TRY(require_self(call, call.param("user_id")));
  const auto& body = net::body_object(call);
  CO_TRY(auto state, net::required_string(body, "presence", 16));
  CO_TRY(auto message, net::optional_string(body, "status_msg", kMaxStatusBytes));
  if (state != "online" && state != "offline" && state != "unavailable") {
    co_return Error(Errc::invalid_param, "presence must be online, unavailable or offline.");
  }
  presence.set(call.caller->user_id, std::move(state), std::move(message).value_or(""));
  co_return json_response({});
}

Task<net::Response> get_presence(AccountServices services, Presence& presence, net::Call& call) {
  const auto& user = call.param("user_id");
  if (user != call.caller->user_id) {
    auto look = [&](store::Connection& connection) -> Result<bool> {
      return shared_room_store::share_a_room(connection, call.caller->user_id, user);
    };
    CO_TRY(const bool known, co_await services.db.read(look));
    if (!known) co_return Error(Errc::forbidden, "You may see the presence of people you share a room with.");
  }
  const auto state = presence.get(user);
  matrix::JsonObject answer{{"presence", state.presence}, {"currently_active", state.currently_active}};
  if (state.last_active_ms) answer["last_active_ago"] = services.clock.unix_ms() - state.last_active_ms;
  if (!state.status_msg.empty()) answer["status_msg"] = state.status_msg;
  co_return json_response(answer);
}

}  // namespace

void add_presence_routes(net::Router& router, AccountServices services, Presence& presence) {
  add_client_route(router, matrix_route("GET", "/presence/{user_id}/status", [services, &presence](net::Call& call) {
                     return get_presence(services, presence, call);
                   }));
  auto put = matrix_route("PUT", "/presence/{user_id}/status",
                          [&presence](net::Call& call) { return put_presence(presence, call); });
  put.rate = net::Rate::write;
  put.body = net::Body::json_required;
  put.max_body_bytes = 16 * 1024;
  add_client_route(router, std::move(put));
}

}  // namespace troupe::homeserver
