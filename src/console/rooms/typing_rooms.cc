#include "console/rooms/typing_rooms.h"

#include "fleet/types/bot.h"

namespace troupe::console::rooms {
namespace {

constexpr std::chrono::seconds kHolds{45};
constexpr std::size_t kMostRooms = 10'000;

}  // namespace

TypingRooms::TypingRooms(bus::Bus& bus, const base::Clock& clock)
    : clock_(clock),
      heard_(bus.subscribe(std::string(fleet::kTypingChannel), [this](std::string_view text) { hear(text); })) {}

void TypingRooms::hear(std::string_view text) {
  const auto space = text.rfind(' ');
  if (space == text.npos) return;
  const auto room_id = text.substr(0, space);
  const auto now = clock_.steady();
  const base::Lock lock(mutex_);
  auto known = rooms_.find(room_id);
  if (text.substr(space + 1) != "1") {
    if (known != rooms_.end()) rooms_.erase(known);
    return;
  }
  if (known == rooms_.end()) {
    if (rooms_.size() >= kMostRooms)
      std::erase_if(rooms_, [&](const auto& room) { return now - room.second.at > kHolds; });
    if (rooms_.size() >= kMostRooms) return;
    known = rooms_.emplace(room_id, Said{}).first;
  }
  known->second = {.number = ++last_, .at = now};
}

TypingRooms::Typing TypingRooms::in(std::string_view room_id) const {
  const auto now = clock_.steady();
  const base::Lock lock(mutex_);
  auto known = rooms_.find(room_id);
  if (known == rooms_.end() || now - known->second.at > kHolds) return {};
  return {.now = true, .said = known->second.number};
}

}  // namespace troupe::console::rooms
