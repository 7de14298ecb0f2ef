// The answers that bots are writing in rooms now, from what is heard on the fleet's channel.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "bus/bus.h"
#include "console/rooms/heard_rooms.h"

namespace troupe::console::rooms {

/// One per program; any thread. What is not said again for 45 s is over (its process died). Knows at most 10,000
/// answers and one of a room; of more nothing is shown but their edits.
class GrowingTexts {
 public:
  GrowingTexts(bus::Bus& bus, const base::Clock& clock);
  GrowingTexts(const GrowingTexts&) = delete;
  GrowingTexts& operator=(const GrowingTexts&) = delete;

  struct Growing {
    std::string event_id;  ///< of the message; empty: nothing is being written
    std::string sender;
    std::string text;
    std::uint64_t said = 0;  ///< another number after each change
  };
  Growing in(std::string_view room_id) const;

 private:
  void hear(std::string_view bytes);

  HeardRooms<Growing> rooms_;
  bus::SubscriptionPtr heard_;  ///< ends before the rest goes
};

}  // namespace troupe::console::rooms
