#include "console/chat/chat.h"

#include "console/chat/chat_store.h"
#include "console/shapes/views.h"
#include "matrix/json.h"

namespace troupe::console {
namespace {

Error no_account() {
  return Error(
      Errc::conflict,
      "Nobody with a Matrix account is behind this credential. Sign in as a person, or use a person's API key.");
}

/// body, html and msgtype of a message's content.
void add_text(boost::json::object& view, const matrix::JsonObject& content) {
  view["body"] = matrix::find_string(content, "body").value_or("");
  view["msgtype"] = matrix::find_string(content, "msgtype").value_or("m.text");
  if (matrix::find_string(content, "format") == "org.matrix.custom.html") {
    if (auto html = matrix::find_string(content, "formatted_body")) view["html"] = *html;
  }
}

}  // namespace

Task<std::optional<std::string>> BotChat::room(identity::Principal person, fleet::BotView bot) {
  if (person.user_id.empty()) co_return no_account();
  auto look = [&](store::Connection& c) -> Result<std::optional<std::string>> {
    return chat_room(c, person.tenant_id, person.id, bot.bot.id);
  };
  CO_TRY(auto stored, co_await console_.db.read(look));
  if (!stored) co_return std::nullopt;
  CO_TRY(auto joined, co_await console_.homeserver.joined_rooms(person.user_id));
  if (std::ranges::find(joined, *stored, &matrix::JoinedRoom::room_id) == joined.end()) co_return std::nullopt;
  co_return stored;
}

Task<std::string> BotChat::make_room(identity::Principal person, fleet::BotView bot) {
  matrix::NewRoom wanted;
  wanted.creator = person.user_id;
  wanted.is_direct = true;
  wanted.invite = {bot.bot.user_id};
  CO_TRY(auto room_id, co_await console_.homeserver.create_room(std::move(wanted)));
  ChatRoomRow row{.tenant_id = person.tenant_id,
                  .principal_id = person.id,
                  .bot = bot.bot.id,
                  .room_id = room_id,
                  .made_ms = console_.kit.clock.unix_ms()};
  auto put = [&](store::Tx& tx) -> Result<Unit> {
    put_chat_room(tx, row);
    return Unit{};
  };
  CO_TRY(co_await console_.db.write(put));
  co_return room_id;
}

Task<BotChat::Sent> BotChat::send(identity::Principal person, fleet::BotView bot, std::string text,
                                  std::string txn_id) {
  if (person.user_id.empty()) co_return no_account();
  if (bot.bot.desired != fleet::DesiredState::running) {
    co_return Error(Errc::conflict, "Bot " + bot.bot.bot_id + " is stopped. Start it, then write to it.");
  }
  CO_TRY(auto known, co_await room(person, bot));
  std::string room_id;
  if (known) {
    room_id = *std::move(known);
  } else {
    CO_TRY(co_await console_.bots.check_invite(bot, person.user_id, ""));
    CO_TRY(room_id, co_await make_room(person, bot));
  }
  // What was said before a bot came in is not for it: it comes in first.
  CO_TRY(auto rooms, co_await console_.homeserver.joined_rooms(bot.bot.user_id));
  if (std::ranges::find(rooms, room_id, &matrix::JoinedRoom::room_id) == rooms.end()) {
    // Nobody gets a bot into a room from here whose invite it would not follow.
    CO_TRY(co_await console_.bots.check_invite(bot, person.user_id, room_id));
    auto invited = co_await console_.homeserver.invite(person.user_id, room_id, bot.bot.user_id);
    // It may have accepted the first invite in this moment.
    if (!invited && invited.error().code() != Errc::forbidden) co_return std::unexpected(std::move(invited).error());
    CO_TRY(co_await console_.homeserver.join(bot.bot.user_id, room_id));
  }
  matrix::NewEvent event{.room_id = room_id,
                         .sender = person.user_id,
                         .type = "m.room.message",
                         .content = {{"msgtype", "m.text"},
                                     {"body", std::move(text)},
                                     {"m.mentions", {{"user_ids", boost::json::array{bot.bot.user_id}}}}},
                         .txn_id = "console-chat-" + txn_id};
  CO_TRY(auto sent, co_await console_.homeserver.send(std::move(event)));
  co_return Sent{.room_id = std::move(room_id), .event_id = std::move(sent.event_id)};
}

boost::json::object chat_view(const matrix::RoomMessage& message) {
  boost::json::object view{{"event_id", message.event_id},
                           {"sender", message.sender},
                           {"at", rfc3339(message.origin_server_ts)},
                           {"edited", message.edited}};
  add_text(view, message.content);
  return view;
}

std::optional<boost::json::object> chat_view(const matrix::FeedEvent& event) {
  if (event.type != "m.room.message" || event.state_key || event.content.empty()) return std::nullopt;
  boost::json::object view{{"event_id", event.event_id},
                           {"sender", event.sender},
                           {"at", rfc3339(event.origin_server_ts)},
                           {"edited", false}};
  const auto* relation = matrix::find_object(event.content, "m.relates_to");
  const auto* text = matrix::find_object(event.content, "m.new_content");
  const bool edit = relation != nullptr && text != nullptr && matrix::find_string(*relation, "rel_type") == "m.replace";
  if (edit) {
    view["edited"] = true;
    view["replaces"] = matrix::find_string(*relation, "event_id").value_or("");
  }
  add_text(view, edit ? *text : event.content);
  return view;
}

}  // namespace troupe::console
