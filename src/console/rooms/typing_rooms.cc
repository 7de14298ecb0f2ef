#include "console/rooms/typing_rooms.h"

#include "fleet/types/bot.h"

namespace troupe::console::rooms {

TypingRooms::TypingRooms(bus::Bus& bus, const base::Clock& clock)
    : rooms_(clock),
      heard_(bus.subscribe(std::string(fleet::kTypingChannel), [this](std::string_view text) { hear(text); })) {}

void TypingRooms::hear(std::string_view text) {
  const auto space = text.rfind(' ');
  if (space == text.npos) return;
  const auto room_id = text.substr(0, space);
  if (text.substr(space + 1) == "1") {
    rooms_.put(room_id, {.now = true});
  } else {
    rooms_.end(room_id, [](const Typing&) { return true; });
  }
}

TypingRooms::Typing TypingRooms::in(std::string_view room_id) const { return rooms_.in(room_id).value_or(Typing{}); }

}  // namespace troupe::console::rooms
