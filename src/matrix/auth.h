// The authorisation rules of all room versions, as pure functions over a view of the room's state.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "matrix/event.h"

namespace troupe::matrix {

/// The state that an event is judged against. Implemented by the room's memory.
class StateView {
 public:
  virtual ~StateView() = default;
  /// nullptr when there is no such state.
  virtual EventPtr state(std::string_view type, std::string_view state_key) const = 0;
};

/// Above every number: a creator's level in version 12.
inline constexpr std::int64_t kInfinitePower = std::numeric_limits<std::int64_t>::max();

/// The power levels of a room, with the defaults of the specification filled in.
class PowerLevels {
 public:
  PowerLevels(const RoomVersion& version, const StateView& state);
  std::int64_t user(std::string_view user_id) const;
  std::int64_t needed_for(std::string_view type, bool is_state) const;
  std::int64_t invite() const;
  std::int64_t kick() const;
  std::int64_t ban() const;
  std::int64_t redact() const;
  std::int64_t notification_room() const;  ///< `notifications.room`, default 50

 private:
  const RoomVersion& version_;
  EventPtr create_;
  EventPtr levels_;
};

/// The creators of a room: the create event's sender, and from version 12 also additional_creators.
std::vector<std::string> creators(const RoomVersion& version, const Event& create);

/// (type, state_key) of the state that goes into auth_events, in a fixed order; create is left out in version 12.
/// Server-Server API #auth-events-selection.
std::vector<std::pair<std::string, std::string>> auth_state_keys(const RoomVersion& version, const EventDraft& draft);

/// Whether the event may follow the state. Error forbidden, with a sentence that says why.
/// `draft` is judged before ids and hashes exist; `room_id` is empty for the create event of version 12.
Result<Unit> authorize(const RoomVersion& version, const EventDraft& draft, std::string_view room_id,
                       const StateView& state);

/// Membership words; empty when the user has none in this state.
std::string_view membership_of(const StateView& state, std::string_view user_id);

}  // namespace troupe::matrix
