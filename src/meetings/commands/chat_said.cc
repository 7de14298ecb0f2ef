#include "meetings/commands/chat_said.h"

#include <boost/json/parse.hpp>

namespace troupe::meetings::commands {
namespace {

constexpr std::size_t kChatDepth = 8;

bool is_chat_type(const boost::json::value* type) {
  return type == nullptr || *type == "chat.new_message" || *type == "chat_message";
}

}  // namespace

Result<ChatMessage> read_chat(std::string_view body, base::UnixMs now) {
  if (body.size() > kMostChatBytes) {
    return Error(Errc::too_large, "The message has more than " + std::to_string(kMostChatBytes) + " bytes.");
  }
  boost::system::error_code failed;
  const auto parsed = boost::json::parse(body, failed, {}, {.max_depth = kChatDepth});
  const auto* said = failed ? nullptr : parsed.if_object();
  if (!said) return Error(Errc::bad_json, "The message is no JSON object.");
  if (!is_chat_type(said->if_contains("type"))) return Error(Errc::bad_json, "That is no message of a chat.");
  if (const auto* payload = said->if_contains("payload")) {
    said = payload->if_object();
    if (!said) return Error(Errc::bad_json, "payload is no object.");
  }
  const auto *text = said->if_contains("text"), *sender = said->if_contains("sender"),
             *is_from_bot = said->if_contains("is_from_bot");
  if (!text || !text->is_string() || text->get_string().empty()) {
    return Error(Errc::bad_json, "The message has no text.");
  }
  ChatMessage message{.text = std::string(text->get_string()),
                      .is_from_bot = is_from_bot && is_from_bot->is_bool() && is_from_bot->get_bool(),
                      .said_ms = now};
  if (sender && sender->is_string()) message.sender = std::string(sender->get_string());
  if (message.sender.size() > kMostChatSenderBytes) {
    return Error(Errc::too_large, "sender has more than " + std::to_string(kMostChatSenderBytes) + " bytes.");
  }
  return message;
}

}  // namespace troupe::meetings::commands
