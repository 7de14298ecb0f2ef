// /api/v1/rooms: what the command line needs of rooms. An administrator acts for an account of their tenant, in rooms
// that somebody of the tenant is in.
#include "console/rooms/room_routes.h"

#include <fmt/format.h>

#include "api/group.h"
#include "api/paging.h"
#include "api/words.h"
#include "base/crypto.h"
#include "base/field_errors.h"
#include "console/rooms/room_shapes.h"

namespace troupe::console::rooms {
namespace {

using namespace api::words;
using api::paging;

constexpr std::int64_t kMostMessages = 100;

/// Who is spoken for: an account that the caller reaches.
Task<people::ReachedUser> account_of(RoomApi& console, const Call& call, std::string_view user) {
  return console.people(call).find(user);
}

/// The same for one that the body names at `pointer`.
Task<people::ReachedUser> named_account(RoomApi& console, const Call& call, std::string_view user,
                                        std::string pointer) {
  auto found = co_await console.people(call).find(user);
  if (!found && found.error().code() == Errc::not_found) {
    co_return base::placed_under(std::move(found).error(), pointer);
  }
  co_return found;
}

Task<people::ReachedRoom> room_of(RoomApi& console, const Call& call) {
  return console.rooms(call).find(call.param("room_id"));
}

Task<Response> create_room(RoomApi& console, Call& call) {
  CO_TRY(auto body, api::body_of<NewRoomBody>(call));
  people::RoomWish wish{.name = std::move(body.name),
                        .topic = std::move(body.topic),
                        .is_public = body.is_public,
                        .alias = std::move(body.alias),
                        .invite = {}};
  CO_TRY(const auto creator, co_await named_account(console, call, body.creator, "/creator"));
  for (const auto& user : body.invite) {
    auto pointer = fmt::format("/invite/{}", wish.invite.size());
    CO_TRY(auto invited, co_await named_account(console, call, user, std::move(pointer)));
    wish.invite.push_back(std::move(invited));
  }
  auto tried = co_await console.rooms(call).create(creator, std::move(wish));
  if (!tried && (tried.error().wire_code() == "M_ROOM_IN_USE" || tried.error().code() == Errc::conflict)) {
    co_return base::field_error("/alias", tried.error().message(), Errc::conflict);
  }
  CO_TRY(auto made, std::move(tried));
  co_await api::audit(console.kit, call, "room.create", made.room_id, {{"as", creator.user_id()}});
  co_return api::answer(made, 201);
}

Task<Response> list_rooms(RoomApi& console, Call& call) {
  auto member = call.request.query_value("user_id");
  if (!member || member->empty()) co_return Error(Errc::missing_param, "Say whose rooms: ?user_id=");
  CO_TRY(const auto user, co_await account_of(console, call, *member));
  CO_TRY(const auto found, co_await console.rooms(call).of(user));
  co_return reply(api::whole_list(api::write_all(found)));
}

Task<Response> get_room(RoomApi& console, Call& call) {
  CO_TRY(const auto room, co_await room_of(console, call));
  co_return api::answer(room.summary());
}

Task<Response> send_text(RoomApi& console, Call& call) {
  CO_TRY(auto body, api::body_of<RoomSendBody>(call));
  CO_TRY(const auto room, co_await room_of(console, call));
  CO_TRY(const auto sender, co_await named_account(console, call, body.sender, "/sender"));
  auto key = "api." + body.txn_id.value_or(base::random_alphanumeric(24));
  CO_TRY(auto sent, co_await room.say(sender, std::move(body.text), std::move(key)));
  co_await api::audit(console.kit, call, "room.send", room.room_id(),
                      {{"as", sender.user_id()}, {"event_id", sent.event_id}});
  co_return api::answer(sent);
}

Task<Response> invite_account(RoomApi& console, Call& call) {
  CO_TRY(const auto body, api::body_of<RoomMemberBody>(call));
  if (!body.sender) co_return base::field_error("/sender", "Say who invites: sender.", Errc::missing_param);
  CO_TRY(const auto room, co_await room_of(console, call));
  CO_TRY(const auto who, co_await named_account(console, call, body.user_id, "/user_id"));
  CO_TRY(const auto as, co_await named_account(console, call, *body.sender, "/sender"));
  CO_TRY(co_await room.invite(as, who));
  co_await api::audit(console.kit, call, "room.invite", room.room_id(),
                      {{"as", as.user_id()}, {"user_id", who.user_id()}});
  co_return Response::empty(204);
}

Task<Response> join_account(RoomApi& console, Call& call) {
  CO_TRY(const auto body, api::body_of<RoomMemberBody>(call));
  CO_TRY(const auto room, co_await room_of(console, call));
  CO_TRY(const auto who, co_await named_account(console, call, body.user_id, "/user_id"));
  CO_TRY(co_await room.join(who));
  co_await api::audit(console.kit, call, "room.join", room.room_id(), {{"as", who.user_id()}});
  co_return Response::empty(204);
}

Task<Response> list_messages(RoomApi& console, Call& call) {
  CO_TRY(auto at, paging(call.request));
  auto user = call.request.query_value("user_id");
  if (!user || user->empty()) co_return Error(Errc::missing_param, "Say as whom to read: ?user_id=");
  CO_TRY(const auto room, co_await room_of(console, call));
  CO_TRY(const auto reader, co_await account_of(console, call, *user));
  const auto limit = static_cast<std::size_t>(std::min(at.limit, kMostMessages));
  CO_TRY(auto found, co_await room.newest(reader, limit));
  co_await api::audit(console.kit, call, "room.read", room.room_id(), {{"as", reader.user_id()}});
  co_return reply(boost::json::object{{"items", api::write_all(found)}});
}

}  // namespace

void add_room_routes(net::route::Router& routes, RoomApi& console) {
  const api::Group group(routes,
                         {.prefix = "/api/v1/rooms",
                          .needs = Access::admin,
                          .scope = "admin",
                          .tag = {"rooms", "Rooms, as an account of this server sees them. For administrators."}});
  group.add({.method = "POST",
             .summary = "Make a room for an account",
             .body = TROUPE_REF("NewRoom"),
             .reply = TROUPE_REF("RoomCreated"),
             .status = 201,
             .run = api::bind(create_room, console)});
  group.add({.method = "GET",
             .summary = "The rooms that an account is in",
             .reply = TROUPE_REF("Rooms"),
             .query = {{.name = "user_id", .description = "Whose rooms", .required = true}},
             .run = api::bind(list_rooms, console)});
  group.add({.method = "GET",
             .path = "/{room_id}",
             .summary = "A room, by id or alias",
             .reply = TROUPE_REF("Room"),
             .run = api::bind(get_room, console)});
  group.add({.method = "POST",
             .path = "/{room_id}/send",
             .summary = "Send a text as an account",
             .body = TROUPE_REF("RoomSend"),
             .reply = TROUPE_REF("RoomSent"),
             .run = api::bind(send_text, console)});
  group.add({.method = "POST",
             .path = "/{room_id}/invite",
             .summary = "Invite as an account",
             .body = TROUPE_REF("RoomMember"),
             .status = 204,
             .run = api::bind(invite_account, console)});
  group.add({.method = "POST",
             .path = "/{room_id}/join",
             .summary = "Let an account join",
             .body = TROUPE_REF("RoomMember"),
             .status = 204,
             .run = api::bind(join_account, console)});
  group.add({.method = "GET",
             .path = "/{room_id}/messages",
             .summary = "The newest messages, as an account sees them",
             .reply = TROUPE_REF("RoomMessages"),
             .query = {{.name = "user_id", .description = "As whom to read", .required = true},
                       {.name = "limit",
                        .description = "1 to 100",
                        .schema = R"({"type":"integer","minimum":1,"maximum":100})"}},
             .run = api::bind(list_messages, console)});
}

}  // namespace troupe::console::rooms
