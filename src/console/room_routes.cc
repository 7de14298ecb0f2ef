// /api/v1/rooms: what the command line needs of rooms. An administrator acts for an account of their tenant, in rooms
// that somebody of the tenant is in.
#include "base/crypto.h"
#include "console/reach.h"
#include "console/shapes/schema.h"
#include "console/shapes/views.h"
#include "matrix/json.h"

namespace troupe::console {
namespace {

using net::Access;
using net::Call;
using net::Response;

/// "hall" for "hall", "#hall" and "#hall:this.server"; another server's stays as it is and is refused.
std::string alias_localpart(const Api& api, std::string alias) {
  if (alias.starts_with('#')) alias.erase(0, 1);
  if (const auto own = ":" + api.homeserver.server_name(); alias.ends_with(own))
    alias.resize(alias.size() - own.size());
  return alias;
}

/// Who is spoken for: an account of the caller's tenant.
Task<std::string> account_of(Api& api, const Call& call, std::string_view user) {
  CO_TRY(auto found, co_await find_user(api, call, full_user_id(api, user)));
  co_return std::move(found.account.user_id);
}

Task<std::string> room_of(Api& api, const Call& call) {
  CO_TRY(auto found, co_await find_room(api, call, call.param("room_id")));
  co_return std::move(found.room_id);
}

Task<Response> create(Api& api, Call& call) {
  const auto& body = call.body.as_object();
  matrix::NewRoom wanted{.creator = {},
                         .name = text(call, "name"),
                         .topic = text(call, "topic"),
                         .is_public = matrix::find_bool(body, "public").value_or(false),
                         .invite = {},
                         .version = {},
                         .alias = alias_localpart(api, text(call, "alias"))};
  CO_TRY(wanted.creator, co_await account_of(api, call, text(call, "creator")));
  if (const auto* invite = matrix::find_array(body, "invite")) {
    for (const auto& user : *invite) {
      CO_TRY(auto invited, co_await account_of(api, call, matrix::view(user.as_string())));
      wanted.invite.push_back(std::move(invited));
    }
  }
  auto creator = wanted.creator;
  auto alias = wanted.alias.empty() ? std::string() : "#" + wanted.alias + ":" + api.homeserver.server_name();
  CO_TRY(auto room_id, co_await api.homeserver.create_room(std::move(wanted)));
  co_await audit(api, call, "room.create", room_id, {{"as", creator}});
  co_return reply(boost::json::object{{"room_id", room_id}, {"canonical_alias", alias}}, 201);
}

/// The rooms that an account is in.
Task<Response> list(Api& api, Call& call) {
  auto member = call.request.query_value("user_id");
  if (!member || member->empty()) co_return Error(Errc::missing_param, "Say whose rooms: ?user_id=");
  CO_TRY(auto account, co_await account_of(api, call, *member));
  CO_TRY(auto joined, co_await api.homeserver.joined_rooms(std::move(account)));
  boost::json::array items;
  for (const auto& room : joined) {
    CO_TRY(auto summary, co_await api.homeserver.room(room.room_id));
    items.push_back(room_view(summary));
  }
  const auto total = std::ssize(items);
  co_return reply(boost::json::object{{"items", std::move(items)}, {"total", total}});
}

Task<Response> get(Api& api, Call& call) {
  CO_TRY(auto room, co_await find_room(api, call, call.param("room_id")));
  co_return reply(room_view(room));
}

Task<Response> send(Api& api, Call& call) {
  CO_TRY(auto room_id, co_await room_of(api, call));
  CO_TRY(auto sender, co_await account_of(api, call, text(call, "sender")));
  matrix::NewEvent event{.room_id = room_id,
                         .sender = sender,
                         .type = "m.room.message",
                         .content = {{"msgtype", "m.text"}, {"body", text(call, "text")}},
                         .txn_id = "api." + optional_text(call, "txn_id").value_or(base::random_alphanumeric(24))};
  CO_TRY(auto sent, co_await api.homeserver.send(std::move(event)));
  co_await audit(api, call, "room.send", room_id, {{"as", sender}, {"event_id", sent.event_id}});
  co_return reply(boost::json::object{{"event_id", sent.event_id}, {"duplicate", sent.duplicate}});
}

Task<Response> invite(Api& api, Call& call) {
  auto sender = optional_text(call, "sender");
  if (!sender) co_return Error(Errc::missing_param, "Say who invites: sender.");
  CO_TRY(auto room_id, co_await room_of(api, call));
  CO_TRY(auto user_id, co_await account_of(api, call, text(call, "user_id")));
  CO_TRY(auto sender_id, co_await account_of(api, call, *sender));
  CO_TRY(co_await api.homeserver.invite(sender_id, room_id, user_id));
  co_await audit(api, call, "room.invite", room_id, {{"as", sender_id}, {"user_id", user_id}});
  co_return Response::empty(204);
}

Task<Response> join(Api& api, Call& call) {
  CO_TRY(auto room_id, co_await room_of(api, call));
  CO_TRY(auto user_id, co_await account_of(api, call, text(call, "user_id")));
  CO_TRY(co_await api.homeserver.join(user_id, room_id));
  co_await audit(api, call, "room.join", room_id, {{"as", user_id}});
  co_return Response::empty(204);
}

Task<Response> messages(Api& api, Call& call) {
  CO_TRY(auto at, paging(call.request));
  auto reader = call.request.query_value("user_id");
  if (!reader || reader->empty()) co_return Error(Errc::missing_param, "Say as whom to read: ?user_id=");
  CO_TRY(auto room_id, co_await room_of(api, call));
  auto limit = static_cast<std::size_t>(std::min<std::int64_t>(at.limit, 100));
  CO_TRY(auto reader_id, co_await account_of(api, call, *reader));
  CO_TRY(auto found, co_await api.homeserver.recent_messages(room_id, reader_id, limit));
  co_await audit(api, call, "room.read", room_id, {{"as", reader_id}});
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

void add_room_routes(Api& api) {
  auto add = [&](std::string method, std::string path, std::string summary, std::string_view reply_schema,
                 ApiHandler handler, std::string_view body_schema = {}, int good_status = 200,
                 std::vector<net::QueryParam> query = {}) {
    ApiRoute route{.method = std::move(method), .path = std::move(path), .needs = Access::admin, .scope = "admin"};
    route.tag = "rooms";
    route.summary = std::move(summary);
    route.reply = reply_schema;
    route.body = body_schema;
    route.good_status = good_status;
    route.query = std::move(query);
    add_route(api, std::move(route), handler);
  };
  const std::string one = "/api/v1/rooms/{room_id}";
  add("POST", "/api/v1/rooms", "Make a room for an account", TROUPE_REF("RoomCreated"), create, TROUPE_REF("NewRoom"),
      201);
  add("GET", "/api/v1/rooms", "The rooms that an account is in", TROUPE_REF("Rooms"), list, {}, 200,
      {{.name = "user_id", .description = "Whose rooms", .required = true}});
  add("GET", one, "A room, by id or alias", TROUPE_REF("Room"), get);
  add("POST", one + "/send", "Send a text as an account", TROUPE_REF("RoomSent"), send, TROUPE_REF("RoomSend"));
  add("POST", one + "/invite", "Invite as an account", {}, invite, TROUPE_REF("RoomMember"), 204);
  add("POST", one + "/join", "Let an account join", {}, join, TROUPE_REF("RoomMember"), 204);
  add("GET", one + "/messages", "The newest messages, as an account sees them", TROUPE_REF("RoomMessages"), messages,
      {}, 200,
      {{.name = "user_id", .description = "As whom to read", .required = true},
       {.name = "limit", .description = "1 to 100", .schema = R"({"type":"integer","minimum":1,"maximum":100})"}});
}

}  // namespace troupe::console
