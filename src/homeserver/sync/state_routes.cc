#include "homeserver/common/client_route.h"
#include "homeserver/sync/read_routes.h"

namespace troupe::homeserver::sync {
namespace {

Task<net::http::Response> get_state(RoomState& state, net::route::Call& call) {
  CO_TRY(auto body, co_await state.all(read_request(call)));
  co_return net::http::Response::json(std::move(body));
}

Task<net::http::Response> get_state_entry(RoomState& state, net::route::Call& call) {
  const auto format = call.request.query_value("format").value_or("content");
  if (format != "content" && format != "event") {
    co_return Error(Errc::invalid_param, "format must be content or event.");
  }
  auto state_key = find_param(call, "state_key").value_or("");
  CO_TRY(auto body,
         co_await state.entry(read_request(call), call.param("event_type"), std::move(state_key), format == "event"));
  co_return net::http::Response::json(std::move(body));
}

Task<net::http::Response> get_members(RoomState& state, net::route::Call& call) {
  MembersRequest wanted;
  CO_TRY(wanted.at, query_position(call.request, "at"));
  wanted.membership = call.request.query_value("membership").value_or("");
  wanted.not_membership = call.request.query_value("not_membership").value_or("");
  CO_TRY(auto body, co_await state.members(read_request(call), std::move(wanted)));
  co_return net::http::Response::json(std::move(body));
}

Task<net::http::Response> get_joined_members(RoomState& state, net::route::Call& call) {
  CO_TRY(auto body, co_await state.joined_members(read_request(call)));
  co_return net::http::Response::json(std::move(body));
}

Task<net::http::Response> get_joined_rooms(RoomState& state, net::route::Call& call) {
  CO_TRY(auto body, co_await state.joined_rooms(call.caller->user_id));
  co_return net::http::Response::json(std::move(body));
}

}  // namespace

void add_state_routes(net::route::Router& router, RoomState& state) {
  const auto group = matrix_group(router, {.prefix = std::string(kClientV3), .needs = net::route::Access::user});
  group.add({.method = "GET", .path = "/rooms/{room_id}/state", .run = api::bind(get_state, state)});
  // An empty state key may come with or without the slash in front.
  for (const auto* path : {"/rooms/{room_id}/state/{event_type}", "/rooms/{room_id}/state/{event_type}/",
                           "/rooms/{room_id}/state/{event_type}/{state_key}"}) {
    group.add({.method = "GET", .path = path, .run = api::bind(get_state_entry, state)});
  }
  group.add({.method = "GET", .path = "/rooms/{room_id}/members", .run = api::bind(get_members, state)});
  group.add({.method = "GET", .path = "/rooms/{room_id}/joined_members", .run = api::bind(get_joined_members, state)});
  group.add({.method = "GET", .path = "/joined_rooms", .run = api::bind(get_joined_rooms, state)});
}

}  // namespace troupe::homeserver::sync
