// A room's state made by hand, for the tests of the rules.
#pragma once
#include <map>

#include "matrix/auth.h"

namespace troupe::matrix {

class StateOfTest : public StateView {
 public:
  EventPtr state(std::string_view type, std::string_view state_key) const override {
    const auto found = events_.find({std::string(type), std::string(state_key)});
    return found == events_.end() ? nullptr : found->second;
  }
  void set(std::string type, std::string state_key, std::string sender, JsonObject content) {
    auto event = std::make_shared<Event>();
    event->event_id = "$" + std::string(43, 'e');
    event->room_id = room_id_;
    event->type = type;
    event->sender = std::move(sender);
    event->state_key = state_key;
    event->content = std::move(content);
    events_[{std::move(type), std::move(state_key)}] = std::move(event);
  }
  void set_room_id(std::string room_id) { room_id_ = std::move(room_id); }

 private:
  std::string room_id_;
  std::map<std::pair<std::string, std::string>, EventPtr> events_;
};

}  // namespace troupe::matrix
