#include "meetings/records/chat_line.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/log.h"

namespace troupe::meetings::records {
namespace {

namespace json = boost::json;

std::string chat_channel_of(MeetingId id) { return "meetings.chat." + std::to_string(id); }

/// Nothing: another version of this program said it otherwise.
std::optional<ChatMessage> chat_message_in(std::string_view bytes) {
  boost::system::error_code failed;
  const auto parsed = json::parse(bytes, failed);
  if (failed || !parsed.is_object()) return std::nullopt;
  const auto& object = parsed.get_object();
  const auto *sender = object.if_contains("sender"), *text = object.if_contains("text"),
             *is_from_bot = object.if_contains("is_from_bot"), *said_ms = object.if_contains("said_ms");
  if (!sender || !sender->is_string() || !text || !text->is_string() || !is_from_bot || !is_from_bot->is_bool() ||
      !said_ms || !said_ms->is_int64()) {
    return std::nullopt;
  }
  return ChatMessage{.sender = std::string(sender->get_string()),
                     .text = std::string(text->get_string()),
                     .is_from_bot = is_from_bot->get_bool(),
                     .said_ms = said_ms->get_int64()};
}

}  // namespace

void ChatLine::tell(MeetingId id, const ChatMessage& message) const {
  bus_.publish(chat_channel_of(id), json::serialize(json::object{{"sender", message.sender},
                                                                 {"text", message.text},
                                                                 {"is_from_bot", message.is_from_bot},
                                                                 {"said_ms", message.said_ms}}));
}

bus::SubscriptionPtr ChatLine::listen(MeetingId id, std::function<void(ChatMessage)> heard) const {
  return bus_.subscribe(chat_channel_of(id), [heard = std::move(heard)](std::string_view bytes) {
    if (auto message = chat_message_in(bytes)) return heard(*std::move(message));
    base::log_debug("meetings", "A message of a call's chat could not be read.");
  });
}

}  // namespace troupe::meetings::records
