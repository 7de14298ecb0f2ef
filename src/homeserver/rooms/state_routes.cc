#include "homeserver/client_route.h"
#include "homeserver/reading/read_routes.h"

namespace troupe::homeserver {
namespace {

Task<net::Response> get_state(RoomState& state, net::Call& call) {
  CO_TRY(auto body, co_await state.all(read_request(call)));
  co_return net::Response::json(std::move(body));
}

Task<net::Response> get_entry(RoomState& state, net::Call& call, std::string state_key) {
  const auto format = call.request.query_value("format").value_or("content");
  if (format != "content" && format != "event") {
    co_return Error(Errc::invalid_param, "format must be content or event.");
  }
  CO_TRY(auto body,
         co_await state.entry(read_request(call), call.param("event_type"), std::move(state_key), format == "event"));
  co_return net::Response::json(std::move(body));
}

Task<net::Response> get_members(RoomState& state, net::Call& call) {
  MembersRequest wanted;
  CO_TRY(wanted.at, query_position(call.request, "at"));
  wanted.membership = call.request.query_value("membership").value_or("");
  wanted.not_membership = call.request.query_value("not_membership").value_or("");
  CO_TRY(auto body, co_await state.members(read_request(call), std::move(wanted)));
  co_return net::Response::json(std::move(body));
}

Task<net::Response> get_joined_members(RoomState& state, net::Call& call) {
  CO_TRY(auto body, co_await state.joined_members(read_request(call)));
  co_return net::Response::json(std::move(body));
}

Task<net::Response> get_joined_rooms(RoomState& state, net::Call& call) {
  CO_TRY(auto body, co_await state.joined_rooms(call.caller->user_id));
  co_return net::Response::json(std::move(body));
}

}  // namespace

void add_state_routes(net::Router& router, ReadServices services) {
  auto& state = services.state;
  add_client_route(router, matrix_route("GET", "/rooms/{room_id}/state",
                                        [&state](net::Call& call) { return get_state(state, call); }));
  // An empty state key may come with or without the slash in front.
  for (const auto* path : {"/rooms/{room_id}/state/{event_type}", "/rooms/{room_id}/state/{event_type}/"}) {
    add_client_route(router,
                     matrix_route("GET", path, [&state](net::Call& call) { return get_entry(state, call, ""); }));
  }
  add_client_route(router,
                   matrix_route("GET", "/rooms/{room_id}/state/{event_type}/{state_key}",
                                [&state](net::Call& call) { return get_entry(state, call, call.param("state_key")); }));
  add_client_route(router, matrix_route("GET", "/rooms/{room_id}/members",
                                        [&state](net::Call& call) { return get_members(state, call); }));
  add_client_route(router, matrix_route("GET", "/rooms/{room_id}/joined_members",
                                        [&state](net::Call& call) { return get_joined_members(state, call); }));
  add_client_route(router, matrix_route("GET", "/joined_rooms",
                                        [&state](net::Call& call) { return get_joined_rooms(state, call); }));
}

}  // namespace troupe::homeserver
