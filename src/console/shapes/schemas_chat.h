// Shapes of /api/v1: talking to a bot from the console.
#pragma once
#include "api/schema.h"

namespace troupe::console::schema {

inline constexpr std::string_view kChatText =
    R"({"type":"object","required":["text"],"additionalProperties":false,"properties":{
"text":{"type":"string","minLength":1,"maxLength":20000},
"txn_id":{"type":"string","minLength":1,"maxLength":100,"description":"The same again sends nothing and answers the first event id."}}})";

inline constexpr std::string_view kChatSent =
    R"({"type":"object","required":["room_id","event_id"],"properties":{"room_id":{"type":"string"},"event_id":{"type":"string"}}})";

inline constexpr std::string_view kChatMessage =
    R"({"type":"object","required":["event_id","sender","body","at","edited"],"properties":{"event_id":{"type":"string"},
"sender":{"type":"string"},"body":{"type":"string"},"html":{"type":"string","description":"As it was sent: not safe to show without cleaning."},
"at":{"type":"string","format":"date-time"},"edited":{"type":"boolean"},
"replaces":{"type":"string","description":"Live only: the event whose text this is the new text of."},
"msgtype":{"type":"string"}}})";

inline constexpr std::string_view kChatMessages =
    R"({"type":"object","required":["items","typing"],"properties":{"room_id":{"type":"string","description":"Not there before the first message."},
"typing":{"type":"boolean","description":"The bot is at work on an answer."},
"items":{"type":"array","items":{"$ref":"#/components/schemas/ChatMessage"},"description":"Oldest first."}}})";

/// Shapes of this file by name.
inline constexpr api::Named kChatShapes[] = {
    {"ChatText", kChatText},
    {"ChatSent", kChatSent},
    {"ChatMessage", kChatMessage},
    {"ChatMessages", kChatMessages},
};

}  // namespace troupe::console::schema
