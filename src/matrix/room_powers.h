// The port's word on what an account may say in a room, asked before anything is said.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/task.h"
#include "matrix/auth.h"

namespace troupe::matrix {

/// Callable from any thread.
class RoomPowers {
 public:
  virtual ~RoomPowers() = default;
  /// Whether the account may send an event of this type, which is no state, as the room stands now. Errors: forbidden,
  /// with a sentence that says why (not in the room, or not enough power); not_found (no such room).
  virtual Task<Unit> check_may_send(std::string user_id, std::string room_id, std::string type) = 0;
};

/// State that was read from elsewhere.
class GivenState final : public StateView {
 public:
  void put(EventPtr event) { events_[{event->type, event->state_key.value_or("")}] = std::move(event); }
  void put(std::string type, std::string state_key, std::string sender, JsonObject content);
  EventPtr state(std::string_view type, std::string_view state_key) const override;

 private:
  std::map<std::pair<std::string, std::string>, EventPtr> events_;
};

/// What the rules of the room's version say, from its m.room.create, m.room.power_levels and the account's membership.
/// Errors: forbidden; not_found (there is no create event).
Result<Unit> check_may_send(const StateView& state, std::string user_id, std::string_view room_id, std::string type);

}  // namespace troupe::matrix
