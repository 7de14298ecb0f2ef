#include "homeserver/appservice_feed/interest.h"

#include <algorithm>

#include "homeserver/rooms/directory_store.h"

namespace troupe::homeserver::appservice_feed {

bool is_join(const memory::StoredEvent& member_event) {
  return matrix::find_string(member_event.event->content, "membership") == "join";
}

bool Interest::wants(store::Connection& connection, const appservice::Service& service,
                     const memory::StoredEvent& stored) {
  const auto& event = *stored.event;
  const bool of_member = event.type == kMember && event.state_key && service.has_user(*event.state_key);
  if (of_member) note_member({&service, stored.room}, *event.state_key, is_join(stored));
  return of_member || service.has_user(event.sender) || wants_room(connection, service, stored.room, stored.pos);
}

bool Interest::wants_room(store::Connection& connection, const appservice::Service& service, memory::RoomNum num,
                          StreamPos at) {
  const auto room = rooms_.load(connection, num);
  if (!room) return false;
  return service.has_room(room->id()) || has_witness(connection, service, room, at) ||
         has_alias(connection, service, num);
}

bool Interest::has_alias(store::Connection& connection, const appservice::Service& service, memory::RoomNum room) {
  if (!service.has_aliases()) return false;
  const auto [found, is_new] = by_alias_.try_emplace({&service, room});
  if (is_new) {
    found->second = std::ranges::any_of(rooms::directory_store::aliases_of(connection, room),
                                        [&](const auto& alias) { return service.has_alias(alias); });
  }
  return found->second;
}

void Interest::note_member(const Key& key, const std::string& user_id, bool joined) {
  const auto found = witnesses_.find(key);
  if (found == witnesses_.end()) return;
  if (joined && found->second.empty()) found->second = user_id;
  if (!joined && found->second == user_id) witnesses_.erase(found);
}

bool Interest::has_witness(store::Connection& connection, const appservice::Service& service,
                           const memory::RoomPtr& room, StreamPos at) {
  const Key key{&service, room->num()};
  auto found = witnesses_.find(key);
  if (found == witnesses_.end()) {
    if (witnesses_.size() >= kMaxRooms) clear();
    found = witnesses_.emplace(key, find_witness(connection, service, room, at)).first;
  }
  return !found->second.empty();
}

/// The room may have gone on since: who came or left after the position is looked up as they were then.
std::string Interest::find_witness(store::Connection& connection, const appservice::Service& service,
                                   const memory::RoomPtr& room, StreamPos at) {
  std::vector<memory::StoredEventPtr> members;
  {
    const base::ReadLock lock(room->mutex());
    const auto found = room->state().find(kMember);
    if (found == room->state().end()) return {};
    members.reserve(found->second.size());
    for (const auto& [user_id, stored] : found->second) members.push_back(stored);
  }
  std::vector<memory::StoredEventPtr> later;
  for (const auto& stored : members) {
    const bool joined = stored->pos <= at && is_join(*stored);
    if (!joined && stored->pos <= at) continue;
    if (!service.has_user(*stored->event->state_key)) continue;
    if (joined) return *stored->event->state_key;
    later.push_back(stored);
  }
  for (const auto& stored : later) {
    const auto& user_id = *stored->event->state_key;
    const auto then = memory::event_store::state_entry_at(connection, room->num(), at, kMember, user_id);
    if (then && is_join(*then)) return user_id;
  }
  return {};
}

}  // namespace troupe::homeserver::appservice_feed
