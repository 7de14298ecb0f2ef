#include "homeserver/search/search_rooms.h"

#include <algorithm>
#include <set>

#include "base/mutex.h"

namespace troupe::homeserver::search {
namespace {

constexpr std::size_t kFewRooms = 400;  ///< each costs the index about 40 us
constexpr std::size_t kMaxUpgrades = 10;

std::string predecessor_of(const memory::Room& room) {
  const base::ReadLock lock(room.mutex());
  const auto create = room.state_event("m.room.create", "");
  const auto* before = create ? matrix::find_object(create->event->content, "predecessor") : nullptr;
  return before ? std::string(matrix::find_string(*before, "room_id").value_or("")) : std::string();
}

std::vector<memory::RoomPtr> rooms_of(const memory::UserView& user) {
  std::vector<memory::RoomPtr> rooms;
  const base::Lock lock(user.mutex());
  for (const auto& [num, membership] : user.memberships()) {
    if (!membership.forgotten) rooms.push_back(membership.room);
  }
  return rooms;
}

}  // namespace

SearchRooms::SearchRooms(const memory::UserView& user, const sync::EventFilter& filter,
                         const sync::Recipient& recipient, store::Connection& connection, StreamPos head)
    : recipient_(recipient), connection_(connection), head_(head) {
  const auto rooms = rooms_of(user);
  std::set<std::string> before;
  for (const auto& room : rooms) {
    if (!filter.matches_room(room->id())) continue;
    rooms_[room->num()].room = room;
    if (filter.rooms) before.insert(predecessor_of(*room));
  }
  for (std::size_t upgrade = 0; upgrade < kMaxUpgrades && !before.empty(); ++upgrade) {
    std::set<std::string> further;
    for (const auto& room : rooms) {
      if (!before.contains(room->id()) || std::ranges::find(filter.not_rooms, room->id()) != filter.not_rooms.end())
        continue;
      if (rooms_.contains(room->num())) continue;
      rooms_[room->num()].room = room;
      further.insert(predecessor_of(*room));
    }
    before = std::move(further);
  }
}

std::vector<memory::RoomNum> SearchRooms::few() const {
  std::vector<memory::RoomNum> found;
  if (rooms_.size() > kFewRooms) return found;
  for (const auto& [num, room] : rooms_) found.push_back(num);
  return found;
}

sync::RoomView* SearchRooms::view(memory::RoomNum room) {
  const auto found = rooms_.find(room);
  if (found == rooms_.end() || found->second.closed) return nullptr;
  auto& searched = found->second;
  if (!searched.view) {
    searched.view = std::make_unique<sync::RoomView>(searched.room, recipient_, &connection_, head_, head_);
    auto& view = *searched.view;
    // Open to the world is not enough: a person searches what they took part in.
    searched.closed = !view.may_read() || (view.membership_at(head_) != "join" && !view.left_at(head_));
    if (searched.closed) return nullptr;
  }
  return searched.view.get();
}

std::vector<memory::StoredEventPtr> SearchRooms::state(memory::RoomNum room, const std::set<std::string>& members) {
  if (!view(room)) return {};
  sync::RoomView present(rooms_.find(room)->second.room, recipient_, &connection_, head_, head_,
                         sync::RoomView::Take::but_members);
  const auto at = present.readable_state().value_or(0);
  auto state = present.state_at(at);
  for (const auto& member : members)
    if (auto stored = present.state_at(sync::kMember, member, at)) state.push_back(std::move(stored));
  return state;
}

}  // namespace troupe::homeserver::search
