#include "homeserver/appservice_feed/device_interest.h"

namespace troupe::homeserver::appservice_feed {
bool DeviceInterest::wants_user(store::Connection& connection, const appservice::Service& service,
                                const std::string& user_id, StreamPos at) {
  if (service.has_user(user_id)) return true;
  std::size_t looked = 0;
  for (const auto& membership : memory::event_store::memberships_of(connection, user_id)) {
    if (membership.membership != "join") continue;
    // A change too much costs the service a look, one too few the person the message.
    if (++looked > kMaxRoomsOfPerson) return true;
    if (interest_.wants_room(connection, service, membership.room, at)) return true;
  }
  return false;
}

std::vector<DeviceInterest::ListNote> DeviceInterest::members_of(store::Connection& connection,
                                                                 const memory::StoredEvent& stored) {
  std::vector<ListNote> members;
  const auto room = rooms_.load(connection, stored.room);
  if (!room) return members;
  const base::ReadLock lock(room->mutex());
  room->members().walk([&](const memory::Members::Member& member) {
    if (member.membership() == "join")
      members.push_back({.user_id = std::string(member.user_id()), .has_left = false, .pos = stored.pos});
    return members.size() < kMaxNewMembers;
  });
  return members;
}

std::vector<DeviceInterest::ListNote> DeviceInterest::changed_by(store::Connection& connection,
                                                                 const appservice::Service& service,
                                                                 const memory::StoredEvent& stored) {
  const auto& event = *stored.event;
  if (event.type != kMember || !event.state_key) return {};
  const auto before = stored.replaces ? memory::event_store::load_event(connection, *stored.replaces) : nullptr;
  const bool joined = is_join(stored);
  if (joined == (before && is_join(*before))) return {};
  const auto& user_id = *event.state_key;
  const bool was_wanted = interest_.wants_room(connection, service, stored.room, stored.pos - 1);
  const bool is_own = service.has_user(user_id);
  if (joined && is_own && !was_wanted) return members_of(connection, stored);
  if (is_own || !was_wanted) return {};
  if (joined) return {{.user_id = user_id, .has_left = false, .pos = stored.pos}};
  if (wants_user(connection, service, user_id, stored.pos)) return {};
  return {{.user_id = user_id, .has_left = true, .pos = stored.pos}};
}

}  // namespace troupe::homeserver::appservice_feed
