#include "homeserver/common/client_route.h"
#include "homeserver/rooms/room_routes.h"

namespace troupe::homeserver::rooms {
namespace {

constexpr std::size_t kMaxReasonBytes = 4096;
constexpr std::size_t kMaxUserIdOnWire = 1024;  // the service has the exact limit

/// What a join's body says beside the reason: it goes into the member event, but for what is not the client's to say.
matrix::JsonObject extra_content_of(const net::route::Call& call) {
  auto content = net::route::body_object(call);
  for (const auto* key : {"reason", "membership", "join_authorised_via_users_server", "third_party_signed",
                          "third_party_invite", "is_direct"})
    content.erase(key);
  return content;
}

/// Changes the membership of `target`, and answers with nothing but success.
Task<Sent> change(RoomApi& api, net::route::Call& call, std::string room_id, std::string target, std::string membership,
                  matrix::JsonObject extra_content = {}) {
  MembershipChange wanted;
  wanted.room_id = std::move(room_id);
  wanted.target = std::move(target);
  wanted.membership = std::move(membership);
  wanted.extra_content = std::move(extra_content);
  CO_TRY(auto reason, net::route::optional_string(net::route::body_object(call), "reason", kMaxReasonBytes));
  wanted.reason = reason.value_or("");
  co_return co_await api.rooms.change_membership(actor_of(call), std::move(wanted));
}

/// Joins or knocks: at a room id or, on some paths, an alias.
Task<net::http::Response> enter(RoomApi& api, net::route::Call& call, std::string membership) {
  const auto named = find_param(call, "room_id_or_alias");
  auto room = named ? *named : call.param("room_id");
  CO_TRY(auto room_id, co_await find_room(api, call, std::move(room)));
  auto extra_content = membership == "join" ? extra_content_of(call) : matrix::JsonObject();
  CO_TRY(co_await change(api, call, room_id, call.caller->user_id, std::move(membership), std::move(extra_content)));
  co_return json_response({{"room_id", room_id}});
}

Task<net::http::Response> post_join(RoomApi& api, net::route::Call& call) { return enter(api, call, "join"); }
Task<net::http::Response> post_knock(RoomApi& api, net::route::Call& call) { return enter(api, call, "knock"); }

Task<net::http::Response> post_leave(RoomApi& api, net::route::Call& call) {
  CO_TRY(co_await change(api, call, call.param("room_id"), call.caller->user_id, "leave"));
  co_return json_response({});
}

Task<net::http::Response> post_invite(RoomApi& api, net::route::Call& call) {
  const auto& body = net::route::body_object(call);
  if (!body.contains("user_id") && body.contains("medium"))
    co_return Error(Errc::forbidden, "This server has no identity server: invite by user id.")
        .with_wire_code("M_THREEPID_DENIED");
  CO_TRY(auto target, net::route::required_string(body, "user_id", kMaxUserIdOnWire));
  std::vector<std::string> invitees{target};
  CO_TRY(co_await check_invitees(api, call, std::move(invitees)));
  CO_TRY(co_await change(api, call, call.param("room_id"), target, "invite"));
  co_return json_response({});
}

Task<net::http::Response> moderate(RoomApi& api, net::route::Call& call, std::string membership) {
  CO_TRY(auto target, net::route::required_string(net::route::body_object(call), "user_id", kMaxUserIdOnWire));
  CO_TRY(co_await change(api, call, call.param("room_id"), target, std::move(membership)));
  co_return json_response({});
}

Task<net::http::Response> post_kick(RoomApi& api, net::route::Call& call) { return moderate(api, call, "kick"); }
Task<net::http::Response> post_ban(RoomApi& api, net::route::Call& call) { return moderate(api, call, "ban"); }
Task<net::http::Response> post_unban(RoomApi& api, net::route::Call& call) { return moderate(api, call, "unban"); }

Task<net::http::Response> post_forget(RoomApi& api, net::route::Call& call) {
  CO_TRY(co_await api.rooms.forget(actor_of(call), call.param("room_id")));
  co_return json_response({});
}

}  // namespace

void add_membership_routes(net::route::Router& router, RoomApi& api) {
  const auto group = matrix_group(router, {.prefix = std::string(kClientV3), .needs = net::route::Access::user});
  const auto post = [&group](std::string_view path, net::route::Rate rate, net::route::Handler run) {
    group.add(
        {.method = "POST", .path = path, .rate = rate, .takes = net::route::Body::json_object, .run = std::move(run)});
  };
  post("/join/{room_id_or_alias}", net::route::Rate::join, api::bind(post_join, api));
  post("/rooms/{room_id}/join", net::route::Rate::join, api::bind(post_join, api));
  post("/knock/{room_id_or_alias}", net::route::Rate::join, api::bind(post_knock, api));
  post("/rooms/{room_id}/leave", net::route::Rate::write, api::bind(post_leave, api));
  post("/rooms/{room_id}/forget", net::route::Rate::write, api::bind(post_forget, api));
  post("/rooms/{room_id}/invite", net::route::Rate::invite, api::bind(post_invite, api));
  post("/rooms/{room_id}/kick", net::route::Rate::write, api::bind(post_kick, api));
  post("/rooms/{room_id}/ban", net::route::Rate::write, api::bind(post_ban, api));
  post("/rooms/{room_id}/unban", net::route::Rate::write, api::bind(post_unban, api));
}

}  // namespace troupe::homeserver::rooms
