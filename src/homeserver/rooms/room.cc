#include "homeserver/rooms/room.h"

namespace troupe::homeserver {

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

}  // namespace troupe::homeserver
