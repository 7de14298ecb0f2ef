#include "console/rooms/chat.h"

#include "console/rooms/chat_store.h"
#include "matrix/json.h"

namespace troupe::console::rooms {
namespace {

constexpr std::size_t kFeedPage = 200;

Error no_account() {
  return Error(
      Errc::conflict,
      "Nobody with a Matrix account is behind this credential. Sign in as a person, or use a person's API key.");
}

/// body, html and msgtype of a message's content.
void add_text(ChatMessage& message, const matrix::JsonObject& content) {
  message.body = matrix::find_string(content, "body").value_or("");
  message.msgtype = matrix::find_string(content, "msgtype").value_or("m.text");
  if (matrix::find_string(content, "format") == "org.matrix.custom.html") {
    message.html = matrix::find_string(content, "formatted_body");
  }
}

}  // namespace

Task<ChatRoom::News> ChatRoom::after(StreamPos cursor) const {
  CO_TRY(auto feed, co_await feed_.events_after(cursor, kFeedPage));
  News news{.events = {}, .cursor = std::max(cursor, feed.cursor), .more = feed.more};
  for (auto& event : feed.events) {
    if (event.room_id != room_id_) continue;
    news.left = news.left || (event.type == "m.room.member" && event.state_key == user_id_ &&
                              matrix::find_string(event.content, "membership") != "join");
    news.events.push_back(std::move(event));
  }
  co_return news;
}

Task<BotChat> ChatDoor::open(ChatParts parts, fleet::routes::TenantBots bots, identity::Principal person,
                             std::string bot_id) {
  CO_TRY(auto bot, co_await bots.get(std::move(bot_id)));
  co_return BotChat(parts, std::move(person), std::move(bot));
}

Task<std::optional<ChatRoom>> BotChat::room() const {
  if (person_.user_id.empty()) co_return no_account();
  auto look = [&](store::Connection& c) -> Result<std::optional<std::string>> {
    return chat_room(c, person_.tenant_id, person_.id, bot_.bot.id);
  };
  CO_TRY(auto stored, co_await parts_.db.read(look));
  if (!stored) co_return std::nullopt;
  CO_TRY(auto joined, co_await parts_.rooms.joined_rooms(person_.user_id));
  if (std::ranges::find(joined, *stored, &matrix::JoinedRoom::room_id) == joined.end()) co_return std::nullopt;
  co_return ChatRoom(parts_, *std::move(stored), person_.user_id);
}

Task<std::string> BotChat::make_room() const {
  matrix::NewRoom wanted;
  wanted.creator = person_.user_id;
  wanted.is_direct = true;
  wanted.invite = {bot_.bot.user_id};
  CO_TRY(auto room_id, co_await parts_.rooms.create_room(std::move(wanted)));
  const ChatRoomRow row{.tenant_id = person_.tenant_id,
                        .principal_id = person_.id,
                        .bot = bot_.bot.id,
                        .room_id = room_id,
                        .made_ms = parts_.clock.unix_ms()};
  auto put = [&](store::Tx& tx) -> Result<Unit> {
    put_chat_room(tx, row);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(put));
  co_return room_id;
}

Task<BotChat::Sent> BotChat::send(std::string text, std::string txn_id) const {
  const auto& bot = bot_.bot;
  if (person_.user_id.empty()) co_return no_account();
  if (bot.desired != fleet::DesiredState::running) {
    co_return Error(Errc::conflict, "Bot " + bot.bot_id + " is stopped. Start it, then write to it.");
  }
  CO_TRY(auto known, co_await room());
  std::string room_id;
  if (known) {
    room_id = known->room_id();
  } else {
    CO_TRY(co_await parts_.bots.check_invite(bot_, person_.user_id, ""));
    CO_TRY(room_id, co_await make_room());
  }
  // What was said before a bot came in is not for it: it comes in first.
  CO_TRY(auto rooms, co_await parts_.rooms.joined_rooms(bot.user_id));
  if (std::ranges::find(rooms, room_id, &matrix::JoinedRoom::room_id) == rooms.end()) {
    // Nobody gets a bot into a room from here whose invite it would not follow.
    CO_TRY(co_await parts_.bots.check_invite(bot_, person_.user_id, room_id));
    auto invited = co_await parts_.rooms.invite(person_.user_id, room_id, bot.user_id);
    // It may have accepted the first invite in this moment.
    if (!invited && invited.error().code() != Errc::forbidden) co_return std::unexpected(std::move(invited).error());
    CO_TRY(co_await parts_.rooms.join(bot.user_id, room_id));
  }
  matrix::NewEvent event{.room_id = room_id,
                         .sender = person_.user_id,
                         .type = "m.room.message",
                         .content = {{"msgtype", "m.text"},
                                     {"body", std::move(text)},
                                     {"m.mentions", {{"user_ids", boost::json::array{bot.user_id}}}}},
                         .txn_id = "console-chat-" + txn_id,
                         .plain_rooms_only = true};
  CO_TRY(auto sent, co_await parts_.rooms.send(std::move(event)));
  co_return Sent{.room_id = std::move(room_id), .event_id = std::move(sent.event_id)};
}

ChatMessage chat_message(const matrix::RoomMessage& message) {
  ChatMessage shown;
  shown.event_id = message.event_id;
  shown.sender = message.sender;
  shown.at_ms = message.origin_server_ts;
  shown.edited = message.edited;
  add_text(shown, message.content);
  return shown;
}

std::optional<ChatMessage> chat_message(const matrix::FeedEvent& event) {
  if (event.type != "m.room.message" || event.state_key || event.content.empty()) return std::nullopt;
  ChatMessage shown;
  shown.event_id = event.event_id;
  shown.sender = event.sender;
  shown.at_ms = event.origin_server_ts;
  const auto* relation = matrix::find_object(event.content, "m.relates_to");
  const auto* text = matrix::find_object(event.content, "m.new_content");
  shown.edited = relation != nullptr && text != nullptr && matrix::find_string(*relation, "rel_type") == "m.replace";
  if (shown.edited) shown.replaces = matrix::find_string(*relation, "event_id").value_or("");
  add_text(shown, shown.edited ? *text : event.content);
  return shown;
}

}  // namespace troupe::console::rooms
