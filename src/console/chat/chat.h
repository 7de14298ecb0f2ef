// A person talks to a bot from the console: in a real direct room, through the port, as every Matrix client would.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "console/console_api.h"

namespace troupe::console {

/// One per program; callable from any thread. Who talks is always the signed-in person, never an administrator for
/// them.
class BotChat {
 public:
  explicit BotChat(ChatApi& console) : console_(console) {}

  /// Sends a text, in the room of the two, which is made at the first time, and made anew after the person has left it.
  /// The same `txn_id` again sends nothing. Errors: conflict (no Matrix account is behind the caller; the bot is
  /// stopped), forbidden (the bot's rules for invites do not name the person), and those of the port.
  struct Sent {
    std::string room_id;
    std::string event_id;
  };
  Task<Sent> send(identity::Principal person, fleet::BotView bot, std::string text, std::string txn_id);

  /// The room of the two, if there is one that the person is in. Error: conflict (no Matrix account).
  Task<std::optional<std::string>> room(identity::Principal person, fleet::BotView bot);

 private:
  Task<std::string> make_room(identity::Principal person, fleet::BotView bot);
  ChatApi& console_;
};

/// A message as ChatMessage of the API.
boost::json::object chat_view(const matrix::RoomMessage& message);
/// The same for an event of the feed; of an edit the new text, with `replaces`. Nothing when it is no message.
std::optional<boost::json::object> chat_view(const matrix::FeedEvent& event);

}  // namespace troupe::console
