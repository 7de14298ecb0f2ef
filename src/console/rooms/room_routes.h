// Routes of rooms: /api/v1/rooms for administrators, /api/v1/bots/{bot_id}/chat for everybody.
#pragma once
#include "api/kit.h"
#include "console/people/tenant_people.h"
#include "console/people/tenant_rooms.h"
#include "console/rooms/chat.h"
#include "console/rooms/growing_texts.h"
#include "console/rooms/typing_rooms.h"

namespace troupe::console::rooms {

// What the handlers of each file use; it lives as long as the route table.
struct RoomApi {
  api::Kit kit;
  people::PeopleDoor people;
  people::RoomDoor rooms;
};
struct ChatApi {
  api::Kit kit;
  ChatDoor chats;
  const TypingRooms& typing;
  const GrowingTexts& growing;
};

void add_room_routes(net::route::Router& routes, RoomApi& console);
void add_chat_routes(net::route::Router& routes, ChatApi& console);

}  // namespace troupe::console::rooms
