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
  struct Candidate {
    std::string user_id;
    bool joined;  ///< since then at least; else they came or left later
  };
  std::vector<Candidate> candidates;
  {
    const base::ReadLock lock(room->mutex());
    room->members().walk([&](const memory::Members::Member& member) {
      const bool joined = member.pos() <= at && member.membership() == "join";
      if (joined || member.pos() > at) candidates.push_back({std::string(member.user_id()), joined});
      return true;
    });
  }
  std::vector<std::string> later;
  for (auto& [user_id, joined] : candidates) {
    if (!service.has_user(user_id)) continue;
    if (joined) return user_id;
    later.push_back(std::move(user_id));
  }
  for (const auto& user_id : later) {
    const auto then = memory::event_store::state_entry_at(connection, room->num(), at, kMember, user_id);
    if (then && is_join(*then)) return user_id;
  }
  return {};
}

}  // namespace troupe::homeserver::appservice_feed
