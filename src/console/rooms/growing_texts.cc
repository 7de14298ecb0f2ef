#include "console/rooms/growing_texts.h"

#include <optional>

#include "fleet/types/bot.h"

namespace troupe::console::rooms {
namespace {

/// Cuts off what stands before the next space; ids hold none.
std::optional<std::string_view> next_word(std::string_view& bytes) {
  const auto space = bytes.find(' ');
  if (space == bytes.npos || space == 0) return std::nullopt;
  const auto word = bytes.substr(0, space);
  bytes.remove_prefix(space + 1);
  return word;
}

}  // namespace

GrowingTexts::GrowingTexts(bus::Bus& bus, const base::Clock& clock)
    : rooms_(clock),
      heard_(bus.subscribe(std::string(fleet::kGrowingChannel), [this](std::string_view bytes) { hear(bytes); })) {}

void GrowingTexts::hear(std::string_view bytes) {
  const auto room_id = next_word(bytes);
  const auto event_id = next_word(bytes);
  const auto sender = next_word(bytes);
  if (!room_id || !event_id || !sender) return;
  if (bytes.empty()) {
    rooms_.end(*room_id, [&](const Growing& growing) { return growing.event_id == *event_id; });
    return;
  }
  rooms_.put(*room_id,
             {.event_id = std::string(*event_id), .sender = std::string(*sender), .text = std::string(bytes)});
}

GrowingTexts::Growing GrowingTexts::in(std::string_view room_id) const {
  return rooms_.in(room_id).value_or(Growing{});
}

}  // namespace troupe::console::rooms
