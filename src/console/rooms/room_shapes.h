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

template <>
const Shape<console::rooms::NewRoomBody>& shape_of();
template <>
const Shape<console::people::MadeRoom>& shape_of();
template <>
const Shape<console::rooms::RoomSendBody>& shape_of();
template <>
const Shape<matrix::SentEvent>& shape_of();
template <>
const Shape<console::rooms::RoomMemberBody>& shape_of();
template <>
const Shape<matrix::RoomMessage>& shape_of();
template <>
const Shape<console::rooms::ChatTextBody>& shape_of();
template <>
const Shape<console::rooms::BotChat::Sent>& shape_of();
template <>
const Shape<console::rooms::ChatMessage>& shape_of();
template <>
const Shape<console::rooms::ChatMessages>& shape_of();

}  // namespace troupe::api
