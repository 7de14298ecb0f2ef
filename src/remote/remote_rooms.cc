// The port's calls about rooms and events.
#include <map>

#include "base/crypto.h"
#include "base/encoding.h"
#include "matrix/ids.h"
#include "remote/incoming.h"
#include "remote/remote_homeserver.h"

namespace troupe::remote {
namespace {

constexpr std::size_t kMaxFeedPage = 1'000;
constexpr std::int64_t kAskedForRoom = 3;
/// Sends are repeated under their transaction id, so they may wait for a server that is away for a moment.
constexpr std::chrono::milliseconds kSendPatience = std::chrono::seconds(30);

std::string room_path(std::string_view room_id) { return "/_matrix/client/v3/rooms" + segments({room_id}); }

bool is_message(std::string_view type) { return type == "m.room.message" || type == "m.room.encrypted"; }

}  // namespace

Task<matrix::JsonObject> RemoteHomeserver::as(std::string user_id, ApiCall call) {
  CO_TRY(auto acting, co_await parts_.tokens.acting_as(user_id));
  call.token = acting.token;
  if (!acting.as_user.empty()) call.query.emplace_back("user_id", acting.as_user);
  auto answer = co_await parts_.api.call(std::move(call));
  if (!answer && answer.error().detail().starts_with("HTTP 401")) co_await parts_.tokens.drop(std::move(user_id));
  co_return answer;
}

Task<std::string> RemoteHomeserver::create_room(matrix::NewRoom room) {
  matrix::JsonObject body{{"preset", room.is_public ? "public_chat" : "private_chat"},
                          {"visibility", room.is_public ? "public" : "private"}};
  if (!room.name.empty()) body["name"] = room.name;
  if (!room.topic.empty()) body["topic"] = room.topic;
  if (room.is_direct) body["is_direct"] = true;
  if (!room.version.empty()) body["room_version"] = room.version;
  if (!room.alias.empty()) body["room_alias_name"] = room.alias;
  if (!room.invite.empty()) body["invite"] = boost::json::value_from(room.invite);
  ApiCall call{.method = "POST", .path = "/_matrix/client/v3/createRoom", .body = std::move(body)};
  CO_TRY(auto answer, co_await as(room.creator, std::move(call)));
  auto id = matrix::find_string(answer, "room_id");
  if (!id) co_return Error(Errc::unavailable, "The homeserver made a room without an id.");
  co_return std::string(*id);
}

Task<std::string> RemoteHomeserver::resolve_alias(std::string alias_or_id) {
  if (alias_or_id.starts_with('!')) co_return alias_or_id;
  if (!matrix::parse_room_alias(alias_or_id)) {
    co_return Error(Errc::invalid_param, "Neither a room id nor an alias: " + alias_or_id);
  }
  ApiCall call{.path = "/_matrix/client/v3/directory/room" + segments({alias_or_id})};
  CO_TRY(auto answer, co_await parts_.api.call(std::move(call)));
  co_return std::string(matrix::find_string(answer, "room_id").value_or(""));
}

Task<Unit> RemoteHomeserver::join(std::string user_id, std::string room_id) {
  ApiCall call{.method = "POST",
               .path = "/_matrix/client/v3/join" + segments({room_id}),
               .body = matrix::JsonObject{},
               .repeatable = true};
  CO_TRY(co_await as(std::move(user_id), std::move(call)));
  co_return Unit{};
}

Task<Unit> RemoteHomeserver::leave(std::string user_id, std::string room_id) {
  ApiCall call{
      .method = "POST", .path = room_path(room_id) + "/leave", .body = matrix::JsonObject{}, .repeatable = true};
  CO_TRY(co_await as(std::move(user_id), std::move(call)));
  co_return Unit{};
}

Task<Unit> RemoteHomeserver::invite(std::string sender, std::string room_id, std::string target) {
  ApiCall call{
      .method = "POST", .path = room_path(room_id) + "/invite", .body = matrix::JsonObject{{"user_id", target}}};
  CO_TRY(co_await as(std::move(sender), std::move(call)));
  co_return Unit{};
}

Task<std::vector<matrix::JoinedRoom>> RemoteHomeserver::joined_rooms(std::string user_id) {
  ApiCall call{.path = "/_matrix/client/v3/joined_rooms"};
  CO_TRY(auto answer, co_await as(user_id, std::move(call)));
  std::vector<matrix::JoinedRoom> rooms;
  const auto* ids = matrix::find_array(answer, "joined_rooms");
  if (!ids) co_return rooms;
  for (const auto& id : *ids) {
    if (!id.is_string()) continue;
    matrix::JoinedRoom room{
        .room_id = std::string(matrix::view(id.get_string())), .joined_at = 0, .joined_members = 0, .encrypted = false};
    // A join that the feed has not seen (made elsewhere, long ago) counts from now on.
    auto remember = [&](store::Tx& tx) -> Result<StreamPos> {
      return remember_join(tx, user_id, room.room_id, tx.last_pos());
    };
    CO_TRY(room.joined_at, co_await parts_.db.write(remember));
    CO_TRY(room.joined_members, co_await count_members(user_id, room.room_id));
    CO_TRY(room.encrypted, co_await is_encrypted(user_id, room.room_id));
    rooms.push_back(std::move(room));
  }
  co_return rooms;
}

Task<std::vector<std::string>> RemoteHomeserver::members(std::string user_id, std::string room_id) {
  ApiCall call{.path = room_path(room_id) + "/joined_members"};
  CO_TRY(auto answer, co_await as(std::move(user_id), std::move(call)));
  std::vector<std::string> found;
  if (const auto* joined = matrix::find_object(answer, "joined")) {
    for (const auto& member : *joined) found.emplace_back(member.key());
  }
  co_return found;
}

Task<std::int64_t> RemoteHomeserver::count_members(std::string user_id, std::string room_id) {
  CO_TRY(auto found, co_await members(std::move(user_id), std::move(room_id)));
  co_return std::ssize(found);
}

Task<std::vector<std::string>> RemoteHomeserver::joined_members(std::string room_id) {
  CO_TRY(auto member, co_await somebody_in(room_id));
  co_return co_await members(std::move(member), std::move(room_id));
}

Task<bool> RemoteHomeserver::is_encrypted(std::string user_id, std::string room_id) {
  ApiCall call{.path = room_path(room_id) + "/state/m.room.encryption"};
  auto answer = co_await as(std::move(user_id), std::move(call));
  if (answer) co_return true;
  if (answer.error().code() == Errc::not_found) co_return false;
  co_return std::unexpected(answer.error());
}

Task<std::vector<std::string>> RemoteHomeserver::invited_rooms(std::string user_id) {
  // Synapse keeps the answer of a first /sync for minutes: a filter that was never used asks anew.
  const auto never_seen = "!" + base::random_alphanumeric(16) + ":" + server_name();
  ApiCall call{.path = "/_matrix/client/v3/sync"};
  call.query = {{"timeout", "0"},
                {"set_presence", "offline"},
                {"filter", R"({"room":{"not_rooms":[")" + never_seen +
                               R"("],"timeline":{"limit":1},"state":{"lazy_load_members":true}}})"}};
  CO_TRY(auto answer, co_await as(std::move(user_id), std::move(call)));
  std::vector<std::string> out;
  if (const auto* rooms = matrix::find_object(answer, "rooms")) {
    if (const auto* invites = matrix::find_object(*rooms, "invite")) {
      for (const auto& invite : *invites) out.emplace_back(invite.key());
    }
  }
  co_return out;
}

Task<std::string> RemoteHomeserver::somebody_in(std::string room_id) {
  auto look = [&](store::Connection& c) -> Result<std::vector<std::string>> {
    return joined_accounts(c, room_id, kAskedForRoom);
  };
  CO_TRY(auto who, co_await parts_.db.read(look));
  if (who.empty()) co_return Error(Errc::not_found, "None of our accounts is in the room " + room_id + ".");
  co_return std::move(who.front());
}

Task<matrix::RoomSummary> RemoteHomeserver::room(std::string room_id) {
  CO_TRY(auto member, co_await somebody_in(room_id));
  matrix::RoomSummary summary{
      .room_id = room_id, .name = {}, .canonical_alias = {}, .joined_members = 0, .encrypted = false};
  CO_TRY(summary.joined_members, co_await count_members(member, room_id));
  CO_TRY(summary.encrypted, co_await is_encrypted(member, room_id));
  const std::pair<std::string_view, std::pair<std::string_view, std::string*>> wanted[] = {
      {"m.room.name", {"name", &summary.name}},
      {"m.room.canonical_alias", {"alias", &summary.canonical_alias}},
      {"m.room.topic", {"topic", &summary.topic}}};
  for (const auto& [type, member_of_content] : wanted) {
    ApiCall call{.path = room_path(room_id) + "/state" + segments({type})};
    auto content = co_await as(member, std::move(call));
    if (!content && content.error().code() != Errc::not_found) co_return std::unexpected(content.error());
    if (content) *member_of_content.second = matrix::find_string(*content, member_of_content.first).value_or("");
  }
  co_return summary;
}

Task<Unit> RemoteHomeserver::check_may_send(std::string user_id, std::string room_id, std::string type) {
  matrix::GivenState state;
  const std::pair<std::string_view, std::string> wanted[] = {
      {"m.room.create", ""}, {"m.room.power_levels", ""}, {"m.room.member", user_id}};
  for (const auto& [of_type, key] : wanted) {
    // Who made the room stands beside the content.
    ApiCall call{.path = room_path(room_id) + "/state" + segments({of_type, key}), .query = {{"format", "event"}}};
    auto event = co_await as(user_id, std::move(call));
    if (!event && event.error().code() == Errc::not_found) continue;
    if (!event) co_return std::unexpected(event.error());
    const auto* content = matrix::find_object(*event, "content");
    state.put(std::string(of_type), key, std::string(matrix::find_string(*event, "sender").value_or("")),
              content ? *content : *event);  // an older server gives the content alone
  }
  co_return matrix::check_may_send(state, user_id, room_id, std::move(type));
}

Task<matrix::SentEvent> RemoteHomeserver::send(matrix::NewEvent event) {
  // The keys of all accounts of an application service share one space there.
  const auto txn_id = base::hex(base::sha256(event.sender + '\0' + event.txn_id));
  ApiCall call{.method = "PUT",
               .path = room_path(event.room_id) + "/send" + segments({event.type, txn_id}),
               .body = std::move(event.content),
               .patience = kSendPatience};
  CO_TRY(auto answer, co_await as(std::move(event.sender), std::move(call)));
  auto id = matrix::find_string(answer, "event_id");
  if (!id) co_return Error(Errc::unavailable, "The homeserver took the event but gave no id.");
  co_return matrix::SentEvent{.event_id = std::string(*id), .pos = 0, .duplicate = false};
}

Task<Unit> RemoteHomeserver::set_state(matrix::NewState state) {
  const auto path = room_path(state.room_id) + "/state" + segments({state.type, state.state_key});
  // Not every server passes over what is there already.
  auto present = co_await as(state.sender, ApiCall{.path = path});
  if (present && *present == state.content) co_return Unit{};
  ApiCall call{.method = "PUT", .path = path, .body = std::move(state.content)};
  CO_TRY(co_await as(std::move(state.sender), std::move(call)));
  co_return Unit{};
}

Task<Unit> RemoteHomeserver::set_typing(std::string room_id, std::string user_id, bool typing,
                                        std::chrono::milliseconds timeout) {
  matrix::JsonObject body{{"typing", typing}};
  if (typing) body["timeout"] = timeout.count();
  ApiCall call{.method = "PUT",
               .path = room_path(room_id) + "/typing" + segments({user_id}),
               .body = std::move(body),
               .patience = std::chrono::seconds(5)};
  CO_TRY(co_await as(std::move(user_id), std::move(call)));
  co_return Unit{};
}

Task<Unit> RemoteHomeserver::mark_read(std::string room_id, std::string user_id, std::string event_id) {
  ApiCall call{.method = "POST",
               .path = room_path(room_id) + "/receipt/m.read" + segments({event_id}),
               .body = matrix::JsonObject{}};
  CO_TRY(co_await as(std::move(user_id), std::move(call)));
  co_return Unit{};
}

Task<std::vector<matrix::RoomMessage>> RemoteHomeserver::recent_messages(std::string room_id, std::string user_id,
                                                                         std::size_t limit) {
  if (limit < 1 || limit > 100) co_return Error(Errc::invalid_param, "limit must be 1 to 100.");
  ApiCall call{.path = room_path(room_id) + "/messages"};
  call.query = {
      {"dir", "b"}, {"limit", std::to_string(limit)}, {"filter", R"({"types":["m.room.message","m.room.encrypted"]})"}};
  CO_TRY(auto answer, co_await as(std::move(user_id), std::move(call)));
  std::vector<matrix::RoomMessage> out;
  const auto* chunk = matrix::find_array(answer, "chunk");
  if (!chunk) co_return out;
  std::map<std::pair<std::string, std::string>, matrix::JsonObject>
      edits;  // by event and sender; the newest comes first
  for (const auto& value : *chunk) {
    if (!value.is_object()) continue;
    auto read = read_event(value.get_object(), room_id);
    if (!read || !is_message(read->event.type)) continue;
    auto& event = read->event;
    if (const auto* relation = matrix::find_object(event.content, "m.relates_to");
        relation && matrix::find_string(*relation, "rel_type") == "m.replace") {
      const auto* text = matrix::find_object(event.content, "m.new_content");
      if (text)
        edits.try_emplace({std::string(matrix::find_string(*relation, "event_id").value_or("")), event.sender}, *text);
      continue;
    }
    auto edit = edits.find({event.event_id, event.sender});
    const bool edited = edit != edits.end();
    out.push_back({.event_id = std::move(event.event_id),
                   .sender = std::move(event.sender),
                   .type = std::move(event.type),
                   .origin_server_ts = event.origin_server_ts,
                   .content = edited ? std::move(edit->second) : std::move(event.content),
                   .edited = edited});
  }
  co_return out;
}

Task<matrix::Media> RemoteHomeserver::download(std::string mxc, std::size_t max_bytes) {
  constexpr std::string_view kScheme = "mxc://";
  const auto slash = mxc.find('/', kScheme.size());
  if (!mxc.starts_with(kScheme) || slash == std::string::npos || slash == kScheme.size() || slash + 1 == mxc.size() ||
      mxc.find('/', slash + 1) != std::string::npos) {
    co_return Error(Errc::invalid_param, "Not an mxc:// address: " + mxc.substr(0, 100));
  }
  const auto server = std::string_view(mxc).substr(kScheme.size(), slash - kScheme.size());
  const auto id = std::string_view(mxc).substr(slash + 1);
  CO_TRY(auto acting, co_await parts_.tokens.anybody());
  auto answer = co_await parts_.api.transfer("GET", "/_matrix/client/v1/media/download" + segments({server, id}),
                                             acting.token, {}, {}, max_bytes);
  if (!answer && answer.error().code() == Errc::unrecognized) {
    // COMPAT: servers before Matrix 1.11 have media without authentication only.
    answer = co_await parts_.api.transfer("GET", "/_matrix/media/v3/download" + segments({server, id}), acting.token,
                                          {}, {}, max_bytes);
  }
  if (!answer) co_return std::unexpected(answer.error());
  co_return matrix::Media{
      .bytes = std::move(answer->body), .content_type = std::string(answer->headers.get("Content-Type")), .name = {}};
}

Task<std::string> RemoteHomeserver::upload(std::string user_id, matrix::Media media) {
  CO_TRY(auto acting, co_await parts_.tokens.acting_as(user_id));
  std::string path = "/_matrix/media/v3/upload?filename=" + base::percent_encode(media.name);
  if (!acting.as_user.empty()) path += "&user_id=" + base::percent_encode(acting.as_user);
  constexpr std::size_t kAnswerBytes = 64 * 1024;
  CO_TRY(auto answer, co_await parts_.api.transfer("POST", std::move(path), acting.token, media.content_type,
                                                   std::move(media.bytes), kAnswerBytes));
  auto body = matrix::parse_json(answer.body);
  auto uri = body && body->is_object() ? matrix::find_string(body->get_object(), "content_uri") : std::nullopt;
  if (!uri) co_return Error(Errc::unavailable, "The homeserver took the file but gave no address for it.");
  co_return std::string(*uri);
}

Task<matrix::FeedPage> RemoteHomeserver::events_after(StreamPos cursor, std::size_t limit) {
  if (limit < 1 || limit > kMaxFeedPage) co_return Error(Errc::invalid_param, "limit must be 1 to 1000.");
  const auto upto = parts_.db.head();
  auto look = [&](store::Connection& c) -> Result<std::vector<matrix::FeedEvent>> {
    return remote::events_after(c, cursor, upto, static_cast<std::int64_t>(limit));
  };
  matrix::FeedPage feed;
  CO_TRY(feed.events, co_await parts_.db.read(look));
  feed.more = feed.events.size() == limit;
  feed.cursor = feed.more ? feed.events.back().pos : std::max(cursor, upto);
  co_return feed;
}

}  // namespace troupe::remote
