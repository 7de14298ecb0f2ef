// What bots publish of a call's own chat, in the words of Vexa. Pure.
#pragma once
#include <string_view>

#include "base/result.h"
#include "meetings/types/chat.h"

namespace troupe::meetings::commands {

/// {"type":"chat.new_message","payload":{"sender","text","timestamp","is_from_bot"}}, or the members of the payload
/// themselves, with the type `chat_message` or none. It is said `now`: a bot's clock is nobody's. Errors: bad_json (it
/// is none, has no text, or another type), too_large.
Result<ChatMessage> read_chat(std::string_view body, base::UnixMs now);

}  // namespace troupe::meetings::commands
