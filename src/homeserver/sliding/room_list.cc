#include "homeserver/sliding/room_list.h"

#include <algorithm>
#include <cstring>
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

bool is_child(const memory::StoredEventPtr& stored) { return matrix::find_array(stored->event->content, "via"); }

bool has_type(const std::vector<std::optional<std::string>>& sorted, const std::optional<std::string>& type) {
  return std::ranges::binary_search(sorted, type);
}

/// Whether one of the names is among the room's; walks the shorter.
bool has_one(const std::vector<std::string>& sorted, const std::set<std::string>& own) {
  if (sorted.size() <= own.size()) {
    return std::ranges::any_of(sorted, [&](const std::string& name) { return own.contains(name); });
  }
  return std::ranges::any_of(own, [&](const std::string& name) { return std::ranges::binary_search(sorted, name); });
}

/// In time linear in both texts, which people choose.
bool contains(const std::string& text, const std::string& part) {
  return memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

}  // namespace

bool RoomList::fill(const RoomListBasis& basis, store::Connection* connection) {
  rooms_.clear();
  by_id_.clear();
  newest_.clear();
  facts_.clear();
  children_.clear();
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
    if (listed.part != RoomPart::gone)
      return own->event->sender == user_id || !basis.recipient.settings->hides_invite_of(own->event->sender);
    const auto* sent = basis.since ? basis.since->find(listed.room->num()) : nullptr;
    if (sent && sent->part != RoomPart::gone) return true;
    if (own->event->sender == user_id) return false;
    const auto joined = basis.facts.was_joined(connection, listed.room, basis.recipient, listed.member_pos);
    complete &= joined.has_value();
    return joined.value_or(false);
  };
  std::erase_if(rooms_, [&](ListedRoom& listed) { return !look(listed); });
  for (std::size_t i = 0; i < rooms_.size(); ++i) {
    auto& listed = rooms_[i];
    listed.direct = basis.marks.direct.contains(listed.room->id());
    by_id_.emplace(listed.room->id(), i);
  }
  sort();
  return complete;
}

const ListedRoom* RoomList::find(std::string_view room_id) const {
  const auto found = by_id_.find(room_id);
  return found == by_id_.end() ? nullptr : &rooms_[found->second];
}

void RoomList::sort() {
  newest_.resize(rooms_.size());
  std::iota(newest_.begin(), newest_.end(), std::size_t{0});
  std::ranges::sort(newest_, [this](std::size_t a, std::size_t b) {
    return std::pair(rooms_[a].last, rooms_[a].room->num()) > std::pair(rooms_[b].last, rooms_[b].room->num());
  });
}

bool RoomList::find_facts(const RoomListBasis& basis, store::Connection* connection) {
  facts_.reserve(rooms_.size());
  for (const auto& listed : rooms_) {
    if (listed.part == RoomPart::gone) {
      auto then = basis.facts.when_left(connection, listed.room, basis.recipient, listed.member_pos);
      if (!then) return false;
      facts_.push_back(*std::move(then));
      continue;
    }
    const auto& room = *listed.room;
    const base::ReadLock lock(room.mutex());
    facts_.push_back({.create = room.state_event("m.room.create", ""),
                      .name = room.state_event("m.room.name", ""),
                      .encrypted = room.state_event("m.room.encryption", "") != nullptr});
  }
  return true;
}

const std::vector<std::size_t>& RoomList::children_of(const std::string& space_id) {
  const auto [entry, fresh] = children_.try_emplace(space_id);
  if (!fresh) return entry->second;
  const auto* space = find(space_id);
  if (space && space->part == RoomPart::joined) entry->second = find_children(*space->room);
  return entry->second;
}

std::vector<std::size_t> RoomList::find_children(const memory::Room& space) const {
  std::vector<std::size_t> found;
  const base::ReadLock lock(space.mutex());
  const auto entries = space.other_state().find("m.space.child");
  if (entries == space.other_state().end()) return found;
  if (entries->second.size() <= rooms_.size()) {
    for (const auto& [room_id, stored] : entries->second) {
      const auto child = by_id_.find(room_id);
      if (child != by_id_.end() && is_child(stored)) found.push_back(child->second);
    }
    return found;
  }
  for (std::size_t i = 0; i < rooms_.size(); ++i) {
    const auto child = entries->second.find(rooms_[i].room->id());
    if (child != entries->second.end() && is_child(child->second)) found.push_back(i);
  }
  return found;
}

RoomList::Window RoomList::window(const SlidingList& list) {
  static const SlidingFilters kNone;
  const auto& filters = list.filters ? *list.filters : kNone;
  RoomSet in_spaces;
  if (filters.spaces) {
    in_spaces.resize(rooms_.size());
    for (const auto& space_id : *filters.spaces) {
      for (const auto child : children_of(space_id)) in_spaces[child] = true;
    }
  }
  std::vector<std::size_t> order;
  order.reserve(rooms_.size());
  for (const auto index : newest_) {
    if (passes(filters, in_spaces, index)) order.push_back(index);
  }
  Window window{.count = order.size(), .ranges = {}};
  if (!list.ranges) {
    if (!order.empty()) window.ranges.push_back(std::move(order));
    return window;
  }
  for (const auto& [first, last] : *list.ranges) {
    auto& shown = window.ranges.emplace_back();
    for (auto i = first; i <= last && i < order.size(); ++i) shown.push_back(order[i]);
  }
  return window;
}

bool RoomList::passes(const SlidingFilters& filters, const RoomSet& in_spaces, std::size_t index) const {
  const auto& listed = rooms_[index];
  if (filters.is_dm && *filters.is_dm != listed.direct) return false;
  if (filters.is_invite && *filters.is_invite != (listed.part == RoomPart::invited)) return false;
  if (filters.spaces && !in_spaces[index]) return false;
  if (filters.uses_tags() && !passes_tags(filters, *listed.room)) return false;
  return !filters.uses_state() || passes_state(filters, facts_[index]);
}

bool RoomList::passes_tags(const SlidingFilters& filters, const memory::Room& room) const {
  const auto found = marks_->tags.find(room.num());
  if (found == marks_->tags.end()) return !filters.tags;
  if (filters.tags && !has_one(*filters.tags, found->second)) return false;
  return !has_one(filters.not_tags, found->second);
}

bool RoomList::passes_state(const SlidingFilters& filters, const FilteredBy& facts) {
  if (filters.is_encrypted && *filters.is_encrypted != facts.encrypted) return false;
  if (filters.room_types || !filters.not_room_types.empty()) {
    std::optional<std::string> type;
    if (const auto text = facts.create ? matrix::find_string(facts.create->event->content, "type") : std::nullopt) {
      type = std::string(*text);
    }
    if (filters.room_types && !has_type(*filters.room_types, type)) return false;
    if (has_type(filters.not_room_types, type)) return false;
  }
  if (!filters.name_like) return true;
  const auto text = facts.name ? matrix::find_string(facts.name->event->content, "name").value_or("") : "";
  return contains(base::ascii_lower(std::string_view(text).substr(0, kMaxSlidingNameLike)), *filters.name_like);
}

}  // namespace troupe::homeserver::sliding
