#include "matrix/room_powers.h"

#include "matrix/room_version.h"

namespace troupe::matrix {

void GivenState::put(std::string type, std::string state_key, std::string sender, JsonObject content) {
  auto event = std::make_shared<Event>();
  event->type = std::move(type);
  event->sender = std::move(sender);
  event->state_key = std::move(state_key);
  event->content = std::move(content);
  put(EventPtr(std::move(event)));
}

EventPtr GivenState::state(std::string_view type, std::string_view state_key) const {
  const auto found = events_.find({std::string(type), std::string(state_key)});
  return found == events_.end() ? nullptr : found->second;
}

Result<Unit> check_may_send(const StateView& state, std::string user_id, std::string_view room_id, std::string type) {
  const auto create = state.state("m.room.create", "");
  if (!create) return Error(Errc::not_found, "There is no room " + std::string(room_id) + " here.");
  const auto* version = room_version(find_string(create->content, "room_version").value_or("1"));
  if (!version) return Error(Errc::forbidden, "The room is of a version that is not known here.");
  if (membership_of(state, user_id) != "join") return Error(Errc::forbidden, "You are not in this room.");
  const PowerLevels levels(*version, state);
  const auto power = levels.user(user_id), needed = levels.needed_for(type, false);
  if (power >= needed) return Unit{};
  return Error(Errc::forbidden, "Sending " + type + " needs power level " + std::to_string(needed) + "; you have " +
                                    std::to_string(power) + ".");
}

}  // namespace troupe::matrix
