// /api/v1/rooms: what the command line needs of rooms. An administrator acts for an account of their tenant, in rooms
// that somebody of the tenant is in.
#include "base/crypto.h"
#include "console/console_api.h"
#include "console/shapes/views.h"
#include "fleet/routes/bot_views.h"
#include "matrix/json.h"

namespace troupe::console {
namespace {

using net::Access;
using net::Call;
using net::Response;

/// "hall" for "hall", "#hall" and "#hall:this.server"; another server's stays as it is and is refused.
std::string alias_localpart(const RoomApi& console, std::string alias) {
  if (alias.starts_with('#')) alias.erase(0, 1);
  if (const auto own = ":" + console.people.homeserver.server_name(); alias.ends_with(own))
    alias.resize(alias.size() - own.size());
  return alias;
}

/// Who is spoken for: an account of the caller's tenant.
Task<std::string> account_of(RoomApi& console, const Call& call, std::string_view user) {
  CO_TRY(auto found, co_await find_user(console.people, call, full_user_id(console.people, user)));
  co_return std::move(found.account.user_id);
}

Task<std::string> room_of(RoomApi& console, const Call& call) {
  CO_TRY(auto found, co_await find_room(console.people, call, call.param("room_id")));
  co_return std::move(found.room_id);
}

Task<Response> create_room(RoomApi& console, Call& call) {
  const auto& body = call.body.as_object();
  matrix::NewRoom wanted{.creator = {},
                         .name = net::body_text(call, "name"),
                         .topic = net::body_text(call, "topic"),
                         .is_public = matrix::find_bool(body, "public").value_or(false),
                         .invite = {},
                         .version = {},
                         .alias = alias_localpart(console, net::body_text(call, "alias"))};
  CO_TRY(wanted.creator, co_await account_of(console, call, net::body_text(call, "creator")));
  if (const auto* invite = matrix::find_array(body, "invite")) {
    for (const auto& user : *invite) {
      CO_TRY(auto invited, co_await account_of(console, call, matrix::view(user.as_string())));
      wanted.invite.push_back(std::move(invited));
    }
  }
  auto creator = wanted.creator;
  auto alias =
      wanted.alias.empty() ? std::string() : "#" + wanted.alias + ":" + console.people.homeserver.server_name();
  CO_TRY(auto room_id, co_await console.people.homeserver.create_room(std::move(wanted)));
  co_await api::audit(console.kit, call, "room.create", room_id, {{"as", creator}});
  co_return reply(boost::json::object{{"room_id", room_id}, {"canonical_alias", alias}}, 201);
}

/// The rooms that an account is in.
Task<Response> list_rooms(RoomApi& console, Call& call) {
  auto member = call.request.query_value("user_id");
  if (!member || member->empty()) co_return Error(Errc::missing_param, "Say whose rooms: ?user_id=");
  CO_TRY(auto account, co_await account_of(console, call, *member));
  CO_TRY(auto joined, co_await console.people.homeserver.joined_rooms(std::move(account)));
  boost::json::array items;
  for (const auto& room : joined) {
    CO_TRY(auto summary, co_await console.people.homeserver.room(room.room_id));
    items.push_back(fleet::room_view(summary));
  }
  co_return reply(api::whole_list(std::move(items)));
}

Task<Response> get_room(RoomApi& console, Call& call) {
  CO_TRY(auto room, co_await find_room(console.people, call, call.param("room_id")));
  co_return reply(fleet::room_view(room));
}

Task<Response> send_text(RoomApi& console, Call& call) {
  CO_TRY(auto room_id, co_await room_of(console, call));
  CO_TRY(auto sender, co_await account_of(console, call, net::body_text(call, "sender")));
  matrix::NewEvent event{
      .room_id = room_id,
      .sender = sender,
      .type = "m.room.message",
      .content = {{"msgtype", "m.text"}, {"body", net::body_text(call, "text")}},
      .txn_id = "api." + net::optional_body_text(call, "txn_id").value_or(base::random_alphanumeric(24))};
  CO_TRY(auto sent, co_await console.people.homeserver.send(std::move(event)));
  co_await api::audit(console.kit, call, "room.send", room_id, {{"as", sender}, {"event_id", sent.event_id}});
  co_return reply(boost::json::object{{"event_id", sent.event_id}, {"duplicate", sent.duplicate}});
}

Task<Response> invite_account(RoomApi& console, Call& call) {
  auto sender = net::optional_body_text(call, "sender");
  if (!sender) co_return Error(Errc::missing_param, "Say who invites: sender.");
  CO_TRY(auto room_id, co_await room_of(console, call));
  CO_TRY(auto user_id, co_await account_of(console, call, net::body_text(call, "user_id")));
  CO_TRY(auto sender_id, co_await account_of(console, call, *sender));
  CO_TRY(co_await console.people.homeserver.invite(sender_id, room_id, user_id));
  co_await api::audit(console.kit, call, "room.invite", room_id, {{"as", sender_id}, {"user_id", user_id}});
  co_return Response::empty(204);
}

Task<Response> join_account(RoomApi& console, Call& call) {
  CO_TRY(auto room_id, co_await room_of(console, call));
  CO_TRY(auto user_id, co_await account_of(console, call, net::body_text(call, "user_id")));
  CO_TRY(co_await console.people.homeserver.join(user_id, room_id));
  co_await api::audit(console.kit, call, "room.join", room_id, {{"as", user_id}});
  co_return Response::empty(204);
}

Task<Response> list_messages(RoomApi& console, Call& call) {
  CO_TRY(auto at, paging(call.request));
  auto reader = call.request.query_value("user_id");
  if (!reader || reader->empty()) co_return Error(Errc::missing_param, "Say as whom to read: ?user_id=");
  CO_TRY(auto room_id, co_await room_of(console, call));
  auto limit = static_cast<std::size_t>(std::min<std::int64_t>(at.limit, 100));
  CO_TRY(auto reader_id, co_await account_of(console, call, *reader));
  CO_TRY(auto found, co_await console.people.homeserver.recent_messages(room_id, reader_id, limit));
  co_await api::audit(console.kit, call, "room.read", room_id, {{"as", reader_id}});
  boost::json::array items;
  for (const auto& message : found) {
    items.push_back({{"event_id", message.event_id},
                     {"sender", message.sender},
                     {"type", message.type},
                     {"at", rfc3339(message.origin_server_ts)},
                     {"edited", message.edited},
                     {"content", message.content}});
  }
  co_return reply(boost::json::object{{"items", std::move(items)}});
}

}  // namespace

void add_room_routes(net::Router& routes, RoomApi& console) {
  const api::Group group(routes, {.prefix = "/api/v1/rooms", .needs = Access::admin, .scope = "admin", .tag = "rooms"});
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

}  // namespace troupe::console
