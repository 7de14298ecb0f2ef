#include "homeserver/sliding/room_list.h"

#include <algorithm>
#include <numeric>

#include "base/text.h"
#include "homeserver/sync/visibility.h"

namespace troupe::homeserver::sliding {
namespace {

RoomPart part_of(std::string_view membership) {
  if (membership == "join") return RoomPart::joined;
  if (membership == "invite") return RoomPart::invited;
  if (membership == "knock") return RoomPart::knocked;
  return RoomPart::gone;
}

bool is_in_spaces(const std::vector<const ListedRoom*>& spaces, const ListedRoom& listed) {
  return std::ranges::any_of(spaces, [&](const ListedRoom* space) {
    const base::ReadLock lock(space->room->mutex());
    const auto child = space->room->state_event("m.space.child", listed.room->id());
    return child && matrix::find_array(child->event->content, "via");
  });
}

bool has_type(const std::vector<std::optional<std::string>>& types, std::optional<std::string_view> type) {
  return std::ranges::any_of(
      types, [&](const std::optional<std::string>& wanted) { return type ? wanted && *wanted == *type : !wanted; });
}

}  // namespace

bool RoomList::fill(const RoomListBasis& basis, store::Connection* connection) {
  rooms_.clear();
  marks_ = &basis.marks;
  {
    const base::Lock lock(basis.user.mutex());
    rooms_.reserve(basis.user.memberships().size());
    for (const auto& [num, membership] : basis.user.memberships()) {
      if (membership.pos > basis.upto) continue;
      const auto* sent = membership.forgotten && basis.since ? basis.since->find(num) : nullptr;
      if (membership.forgotten && (!sent || sent->part == RoomPart::gone)) continue;
      rooms_.push_back({.room = membership.room,
                        .part = part_of(membership.membership),
                        .member_pos = membership.pos,
                        .forgotten = membership.forgotten});
    }
  }
  bool complete = true;
  const auto& user_id = basis.recipient.user_id;
  const auto look = [&](ListedRoom& listed) {
    listed.last = listed.member_pos;
    memory::StoredEventPtr own;
    {
      const auto& room = *listed.room;
      const base::ReadLock lock(room.mutex());
      if (listed.part == RoomPart::joined) {
        if (!room.tail().empty()) listed.last = std::max(listed.last, room.tail().back()->pos);
        return true;
      }
      own = room.state_event(sync::kMember, user_id);
    }
    if (!own) return false;
    if (listed.part != RoomPart::gone) return !basis.recipient.settings->ignores(own->event->sender);
    const auto* sent = basis.since ? basis.since->find(listed.room->num()) : nullptr;
    if (sent && sent->part != RoomPart::gone) return true;
    if (own->event->sender == user_id) return false;
    const auto joined = basis.facts.was_joined(connection, listed.room, basis.recipient, listed.member_pos);
    complete &= joined.has_value();
    return joined.value_or(false);
  };
  std::erase_if(rooms_, [&](ListedRoom& listed) { return !look(listed); });
  for (auto& listed : rooms_) listed.direct = basis.marks.direct.contains(listed.room->id());
  return complete;
}

const ListedRoom* RoomList::find(std::string_view room_id) const {
  const auto found =
      std::ranges::find(rooms_, room_id, [](const ListedRoom& r) { return std::string_view(r.room->id()); });
  return found == rooms_.end() ? nullptr : &*found;
}

RoomList::Window RoomList::window(const SlidingList& list) const {
  std::vector<const ListedRoom*> spaces;
  for (const auto& space_id : list.filters.spaces.value_or(std::vector<std::string>())) {
    if (const auto* space = find(space_id); space && space->part == RoomPart::joined) spaces.push_back(space);
  }
  std::vector<std::size_t> order;
  order.reserve(rooms_.size());
  for (std::size_t i = 0; i < rooms_.size(); ++i) {
    if (passes(list.filters, spaces, rooms_[i])) order.push_back(i);
  }
  Window window{.count = order.size(), .ranges = {}};
  std::vector<std::pair<std::size_t, std::size_t>> everything;
  if (!list.ranges && !order.empty()) everything.emplace_back(0, order.size() - 1);
  const auto& ranges = list.ranges ? *list.ranges : everything;
  // Only as far as somebody looks.
  std::size_t sorted = 0;
  for (const auto& [first, last] : ranges) sorted = std::max(sorted, std::min(last, order.size()) + 1);
  sorted = std::min(sorted, order.size());
  const auto newer = [this](std::size_t a, std::size_t b) {
    return std::pair(rooms_[a].last, rooms_[a].room->num()) > std::pair(rooms_[b].last, rooms_[b].room->num());
  };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(sorted), order.end(), newer);
  for (const auto& [first, last] : ranges) {
    auto& shown = window.ranges.emplace_back();
    for (auto i = first; i <= last && i < sorted; ++i) shown.push_back(order[i]);
  }
  return window;
}

bool RoomList::passes(const SlidingFilters& filters, const std::vector<const ListedRoom*>& spaces,
                      const ListedRoom& listed) const {
  if (filters.is_dm && *filters.is_dm != listed.direct) return false;
  if (filters.is_invite && *filters.is_invite != (listed.part == RoomPart::invited)) return false;
  if (filters.uses_tags()) {
    const auto found = marks_->tags.find(listed.room->num());
    const auto has = [&](const std::string& tag) { return found != marks_->tags.end() && found->second.contains(tag); };
    if (filters.tags && std::ranges::none_of(*filters.tags, has)) return false;
    if (std::ranges::any_of(filters.not_tags, has)) return false;
  }
  if (filters.is_encrypted || filters.room_types || !filters.not_room_types.empty() || filters.name_like) {
    const auto& room = *listed.room;
    const base::ReadLock lock(room.mutex());
    if (filters.is_encrypted && *filters.is_encrypted != (room.state_event("m.room.encryption", "") != nullptr)) {
      return false;
    }
    if (filters.room_types || !filters.not_room_types.empty()) {
      const auto create = room.state_event("m.room.create", "");
      const auto type = create ? matrix::find_string(create->event->content, "type") : std::nullopt;
      if (filters.room_types && !has_type(*filters.room_types, type)) return false;
      if (has_type(filters.not_room_types, type)) return false;
    }
    if (filters.name_like) {
      const auto name = room.state_event("m.room.name", "");
      const auto text = name ? matrix::find_string(name->event->content, "name").value_or("") : std::string_view();
      if (base::ascii_lower(text).find(*filters.name_like) == std::string::npos) return false;
    }
  }
  return !filters.spaces || is_in_spaces(spaces, listed);
}

}  // namespace troupe::homeserver::sliding
