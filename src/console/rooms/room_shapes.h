// Shapes of /api/v1/rooms and of the chat with a bot (api/shape.h).
#pragma once
#include "api/shape.h"
#include "console/people/tenant_rooms.h"
#include "console/rooms/chat.h"
#include "fleet/routes/shape_tables.h"

namespace troupe::console::rooms {

struct NewRoomBody {
  std::string creator;
  std::string name;
  std::string topic;
  std::string alias;
  bool is_public = false;
  std::vector<std::string> invite;
};
struct RoomSendBody {
  std::string sender;
  std::string text;
  std::optional<std::string> txn_id;
};
struct RoomMemberBody {
  std::string user_id;
  std::optional<std::string> sender;
};
struct ChatTextBody {
  std::string text;
  std::optional<std::string> txn_id;
};
struct ChatMessages {
  std::vector<ChatMessage> items;
  bool typing = false;
  std::optional<std::string> room_id;
};

void add_room_shapes(const api::Kit& kit);

}  // namespace troupe::console::rooms

namespace troupe::api {

Shape<console::rooms::NewRoomBody> make_shape(Of<console::rooms::NewRoomBody>);
Shape<console::people::MadeRoom> make_shape(Of<console::people::MadeRoom>);
Shape<console::rooms::RoomSendBody> make_shape(Of<console::rooms::RoomSendBody>);
Shape<matrix::SentEvent> make_shape(Of<matrix::SentEvent>);
Shape<console::rooms::RoomMemberBody> make_shape(Of<console::rooms::RoomMemberBody>);
Shape<matrix::RoomMessage> make_shape(Of<matrix::RoomMessage>);
Shape<console::rooms::ChatTextBody> make_shape(Of<console::rooms::ChatTextBody>);
Shape<console::rooms::BotChat::Sent> make_shape(Of<console::rooms::BotChat::Sent>);
Shape<console::rooms::ChatMessage> make_shape(Of<console::rooms::ChatMessage>);
Shape<console::rooms::ChatMessages> make_shape(Of<console::rooms::ChatMessages>);

}  // namespace troupe::api
