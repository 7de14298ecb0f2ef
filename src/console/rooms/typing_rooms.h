// In which rooms bots work on an answer now, from what is heard on the fleet's channel.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "bus/bus.h"
#include "console/rooms/heard_rooms.h"

namespace troupe::console::rooms {

/// One per program: whoever comes to a conversation later learns of an answer that is being written already. Any
/// thread. The fleet says "<room id> 1" at the beginning, again every 20 s, and "<room id> 0" at the end; what is not
/// renewed in 45 s is over (its process died). Knows at most 10,000 rooms; of more it hears at their next renewal.
class TypingRooms {
 public:
  TypingRooms(bus::Bus& bus, const base::Clock& clock);
  TypingRooms(const TypingRooms&) = delete;
  TypingRooms& operator=(const TypingRooms&) = delete;

  struct Typing {
    bool now = false;
    std::uint64_t said = 0;  ///< another number after each renewal; 0: not now
    bool operator==(const Typing&) const = default;
  };
  Typing in(std::string_view room_id) const;

 private:
  void hear(std::string_view text);

  HeardRooms<Typing> rooms_;
  bus::SubscriptionPtr heard_;  ///< ends before the rest goes
};

}  // namespace troupe::console::rooms
