// A person talks to a bot from the console: in a real direct room, through the port, as every Matrix client would.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "fleet/routes/tenant_bots.h"
#include "identity/authenticator.h"
#include "matrix/feed.h"
#include "matrix/room_actions.h"
#include "store/database.h"

namespace troupe::console::rooms {

/// What conversations rest on. Handlers are given the door in its place.
struct ChatParts {
  fleet::routes::BotDoor bots;
  matrix::RoomActions& rooms;  ///< where the caller's own account acts
  matrix::Feed& feed;
  store::Database& db;
  const base::Clock& clock;
};

/// The room of a person and a bot, while the person is in it. Made by BotChat alone; it outlives the tasks it hands
/// out.
class ChatRoom {
 public:
  const std::string& room_id() const { return room_id_; }
  /// Newest first. limit 1…100.
  Task<std::vector<matrix::RoomMessage>> newest(std::size_t limit) const {
    return rooms_.recent_messages(room_id_, user_id_, limit);
  }
  struct News {
    std::vector<matrix::FeedEvent> events;
    StreamPos cursor = 0;
    bool more = false;  ///< there is more to read at once
    bool left = false;  ///< the person went; what came until then is in `events`
  };
  /// What came after a position, of at most 200 events of the whole server.
  Task<News> after(StreamPos cursor) const;

 private:
  friend class BotChat;
  ChatRoom(const ChatParts& parts, std::string room_id, std::string user_id)
      : rooms_(parts.rooms), feed_(parts.feed), room_id_(std::move(room_id)), user_id_(std::move(user_id)) {}

  matrix::RoomActions& rooms_;
  matrix::Feed& feed_;
  std::string room_id_;
  std::string user_id_;
};

/// The conversation of a caller with a bot that they have reached. Who talks is always the signed-in person, never an
/// administrator for them. It outlives the tasks it hands out.
class BotChat {
 public:
  struct Sent {
    std::string room_id;
    std::string event_id;
  };
  /// Sends a text, in the room of the two, which is made at the first time, and made anew after the person has left it.
  /// The same `txn_id` again sends nothing. Errors: conflict (no Matrix account is behind the caller; the bot is
  /// stopped), forbidden (the bot's rules for invites do not name the person), and those of the port.
  Task<Sent> send(std::string text, std::string txn_id) const;

  /// The room of the two, if there is one that the person is in. Error: conflict (no Matrix account).
  Task<std::optional<ChatRoom>> room() const;

 private:
  friend class ChatDoor;
  BotChat(const ChatParts& parts, identity::Principal person, fleet::BotView bot)
      : parts_(parts), person_(std::move(person)), bot_(std::move(bot)) {}
  Task<std::string> make_room() const;

  ChatParts parts_;
  identity::Principal person_;
  fleet::BotView bot_;
};

/// What handlers hold of conversations: it opens with a caller only, to the bots of their tenant.
class ChatDoor {
 public:
  explicit ChatDoor(const ChatParts& parts) : parts_(parts) {}
  /// Error: not_found (no such bot).
  Task<BotChat> operator()(const net::route::Call& call, std::string bot_id) const {
    return open(parts_, parts_.bots(call), identity::credential_of(*call.caller).principal, std::move(bot_id));
  }
  /// The newest position of the server's stream.
  StreamPos head() const { return parts_.feed.head(); }

 private:
  static Task<BotChat> open(ChatParts parts, fleet::routes::TenantBots bots, identity::Principal person,
                            std::string bot_id);

  ChatParts parts_;
};

/// A message as the console shows it.
struct ChatMessage {
  std::string event_id;
  std::string sender;
  std::string body;
  base::UnixMs at_ms = 0;
  bool edited = false;
  std::optional<std::string> html;  ///< as it was sent
  std::optional<std::string> replaces;
  std::string msgtype;
};
ChatMessage chat_message(const matrix::RoomMessage& message);
/// The same for an event of the feed; of an edit the new text, with `replaces`. Nothing when it is no message.
std::optional<ChatMessage> chat_message(const matrix::FeedEvent& event);

}  // namespace troupe::console::rooms
