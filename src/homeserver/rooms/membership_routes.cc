#include "homeserver/client_route.h"
#include "homeserver/rooms/room_routes.h"

namespace troupe::homeserver {
namespace {

constexpr std::size_t kMaxReasonBytes = 4096;
constexpr std::size_t kMaxIdOnWire = 1024;  // the service has the exact limit

/// Changes the membership of `target`, and answers with nothing but success.
Task<Sent> change(RoomServices services, net::Call& call, std::string room_id, std::string target,
                  std::string membership) {
  MembershipChange wanted;
  wanted.room_id = std::move(room_id);
  wanted.target = std::move(target);
  wanted.membership = std::move(membership);
  CO_TRY(auto reason, net::optional_string(net::body_object(call), "reason", kMaxReasonBytes));
  wanted.reason = reason.value_or("");
  co_return co_await services.rooms.change_membership(actor_of(call), std::move(wanted));
}

Task<net::Response> enter(RoomServices services, net::Call& call, std::string param, std::string membership) {
  CO_TRY(auto room_id, co_await services.rooms.resolve(call.param(param)));
  CO_TRY(co_await change(services, call, room_id, call.caller->user_id, std::move(membership)));
  co_return json_response({{"room_id", room_id}});
}

Task<net::Response> post_leave(RoomServices services, net::Call& call) {
  CO_TRY(co_await change(services, call, call.param("room_id"), call.caller->user_id, "leave"));
  co_return json_response({});
}

Task<net::Response> post_invite(RoomServices services, net::Call& call) {
  const auto& body = net::body_object(call);
  if (!body.contains("user_id") && body.contains("medium"))
    co_return Error(Errc::forbidden, "This server has no identity server: invite by user id.")
        .with_wire_code("M_THREEPID_DENIED");
  CO_TRY(auto target, net::required_string(body, "user_id", kMaxIdOnWire));
  std::vector<std::string> invitees{target};
  CO_TRY(co_await check_invitees(services, std::move(invitees)));
  CO_TRY(co_await change(services, call, call.param("room_id"), target, "invite"));
  co_return json_response({});
}

Task<net::Response> post_moderation(RoomServices services, net::Call& call, std::string membership) {
  CO_TRY(auto target, net::required_string(net::body_object(call), "user_id", kMaxIdOnWire));
  CO_TRY(co_await change(services, call, call.param("room_id"), target, std::move(membership)));
  co_return json_response({});
}

Task<net::Response> post_forget(RoomServices services, net::Call& call) {
  CO_TRY(co_await services.rooms.forget(actor_of(call), call.param("room_id")));
  co_return json_response({});
}

}  // namespace

void add_membership_routes(net::Router& router, RoomServices services) {
  auto add = [&](std::string path, net::Rate rate, net::Handler run) {
    auto route = matrix_route("POST", std::move(path), std::move(run));
    route.rate = rate;
    route.body = net::Body::json_object;
    add_client_route(router, std::move(route));
  };
  add("/join/{room_id_or_alias}", net::Rate::join,
      [services](net::Call& call) { return enter(services, call, "room_id_or_alias", "join"); });
  add("/rooms/{room_id}/join", net::Rate::join,
      [services](net::Call& call) { return enter(services, call, "room_id", "join"); });
  add("/knock/{room_id_or_alias}", net::Rate::join,
      [services](net::Call& call) { return enter(services, call, "room_id_or_alias", "knock"); });
  add("/rooms/{room_id}/leave", net::Rate::write, [services](net::Call& call) { return post_leave(services, call); });
  add("/rooms/{room_id}/forget", net::Rate::write, [services](net::Call& call) { return post_forget(services, call); });
  add("/rooms/{room_id}/invite", net::Rate::invite,
      [services](net::Call& call) { return post_invite(services, call); });
  for (const std::string membership : {"kick", "ban", "unban"})
    add("/rooms/{room_id}/" + membership, net::Rate::write,
        [services, membership](net::Call& call) { return post_moderation(services, call, membership); });
}

}  // namespace troupe::homeserver
