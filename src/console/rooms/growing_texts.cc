#include "console/rooms/growing_texts.h"

#include <optional>

#include "fleet/types/bot.h"

namespace troupe::console::rooms {
namespace {

constexpr std::chrono::seconds kTextHolds{45};
constexpr std::size_t kMostGrowing = 10'000;

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
    : clock_(clock),
      heard_(bus.subscribe(std::string(fleet::kGrowingChannel), [this](std::string_view bytes) { hear(bytes); })) {}

void GrowingTexts::hear(std::string_view bytes) {
  const auto room_id = next_word(bytes);
  const auto event_id = next_word(bytes);
  const auto sender = next_word(bytes);
  if (!room_id || !event_id || !sender) return;
  const auto now = clock_.steady();
  const base::Lock lock(mutex_);
  auto known = rooms_.find(*room_id);
  if (bytes.empty()) {
    if (known != rooms_.end() && known->second.growing.event_id == *event_id) rooms_.erase(known);
    return;
  }
  if (known == rooms_.end()) {
    if (rooms_.size() >= kMostGrowing)
      std::erase_if(rooms_, [&](const auto& room) { return now - room.second.at > kTextHolds; });
    if (rooms_.size() >= kMostGrowing) return;
    known = rooms_.emplace(*room_id, Said{}).first;
  }
  known->second = {.growing = {.event_id = std::string(*event_id),
                               .sender = std::string(*sender),
                               .text = std::string(bytes),
                               .said = ++last_},
                   .at = now};
}

GrowingTexts::Growing GrowingTexts::in(std::string_view room_id) const {
  const auto now = clock_.steady();
  const base::Lock lock(mutex_);
  const auto known = rooms_.find(room_id);
  if (known == rooms_.end() || now - known->second.at > kTextHolds) return {};
  return known->second.growing;
}

}  // namespace troupe::console::rooms
