#include "homeserver/memory/room.h"

namespace troupe::homeserver::memory {
namespace {

/// Measured: a member event of 700 bytes takes 2.8 KiB with its parsed content, its open form and its place in a map.
constexpr std::size_t kEventOverhead = 1'000;

std::size_t weight(const StoredEventPtr& stored) {
  return stored ? kEventOverhead + 2 * stored->event->pdu.size() + stored->client_open.size() : 0;
}

}  // namespace

StoredEventPtr Room::state_event(std::string_view type, std::string_view state_key) const {
  auto of_type = state_.find(type);
  if (of_type == state_.end()) return nullptr;
  auto entry = of_type->second.find(state_key);
  return entry == of_type->second.end() ? nullptr : entry->second;
}

std::string_view Room::membership(std::string_view user_id) const {
  auto of_type = state_.find(std::string_view("m.room.member"));
  if (of_type == state_.end()) return {};
  auto entry = of_type->second.find(user_id);
  if (entry == of_type->second.end()) return {};
  return matrix::find_string(entry->second->event->content, "membership").value_or("");
}

void Room::set_state(const StoredEventPtr& stored) {
  const auto& event = *stored->event;
  auto& slot = state_[event.type][*event.state_key];
  if (event.type == "m.room.member") {
    const auto before = slot ? matrix::find_string(slot->event->content, "membership") : std::nullopt;
    const auto after = matrix::find_string(event.content, "membership");
    joined_ += (after == "join") - (before == "join");
    invited_ += (after == "invite") - (before == "invite");
  }
  memory_bytes_ += weight(stored) - weight(slot);
  slot = stored;
}

void Room::forget_before(StreamPos before) {
  std::erase_if(tail_, [&](const StoredEventPtr& stored) {
    const bool removed = stored->pos < before && !stored->event->is_state();
    if (removed) memory_bytes_ -= weight(stored);
    return removed;
  });
}

void Room::push_tail(const StoredEventPtr& stored) {
  tail_.push_back(stored);
  memory_bytes_ += weight(stored);
  while (tail_.size() > kTailEvents) {
    tail_complete_after_ = tail_.front()->pos;
    memory_bytes_ -= weight(tail_.front());
    tail_.pop_front();
  }
}

}  // namespace troupe::homeserver::memory
