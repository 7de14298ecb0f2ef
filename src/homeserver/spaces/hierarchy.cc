#include "homeserver/spaces/hierarchy.h"

#include <algorithm>

namespace troupe::homeserver::spaces {
namespace {

/// What a walk belongs to.
std::string request_key(const HierarchyRequest& request) {
  std::string key = request.user_id;
  key += '\0';
  key += request.room_id;
  key += '\0';
  key += request.suggested_only ? '1' : '0';
  key += request.sees_all ? 'a' : 'u';
  key += std::to_string(request.max_depth);
  return key;
}

boost::json::object stripped(const memory::StoredEvent& stored) {
  const auto& event = *stored.event;
  return {{"type", event.type},
          {"state_key", *event.state_key},
          {"content", event.content},
          {"sender", event.sender},
          {"origin_server_ts", event.origin_server_ts}};
}

/// One page's part of a walk.
class Walker {
 public:
  Walker(store::Connection& connection, const memory::Rooms& rooms, const HierarchyRequest& request, const Walk* before)
      : connection_(connection), rooms_(rooms), request_(request) {
    if (!before) return;
    seen_ = before->seen;
    for (const auto& space : before->spaces) open_.push_back({.at = space, .children = {}, .loaded = false});
  }

  Result<Unit> begin() {
    auto root = RoomLook::find(connection_, rooms_, request_.room_id);
    if (!root && request_.sees_all) return Error(Errc::not_found, "There is no such room.");
    if (!root || !shown(*root)) {
      return Error(Errc::forbidden, "You may not see this room, or it does not exist.");
    }
    if (open_.empty()) show(*root, request_.room_id, 0);
    return Unit{};
  }

  /// Fills the page. False: the walk is at its end.
  bool walk() {
    for (std::size_t looked = 0; seen_.size() < kMaxWalkedRooms;) {
      leave_finished();
      if (open_.empty()) return false;
      if (page_.size() >= request_.limit || looked == kMaxLookedAt) return true;
      ++looked;
      take_next();
    }
    return false;
  }

  std::vector<HierarchyRoom> take_page() { return std::move(page_); }
  WalkPtr rest() const {
    auto walk = std::make_shared<Walk>();
    walk->request = request_key(request_);
    for (const auto& open : open_) walk->spaces.push_back(open.at);
    walk->seen = seen_;
    return walk;
  }

 private:
  struct Open {
    WalkedSpace at;
    std::vector<SpaceChild> children;  ///< those to come, the next one last
    bool loaded = false;
  };

  bool shown(RoomLook& look) { return request_.sees_all || look.shown_to(request_.user_id); }

  void leave_finished() {
    while (!open_.empty()) {
      auto& space = open_.back();
      if (!space.loaded) load(space);
      if (!space.children.empty()) return;
      open_.pop_back();
    }
  }

  /// The children after the one that the page before ended with, if the space may still be seen.
  void load(Open& space) {
    space.loaded = true;
    auto look = RoomLook::find(connection_, rooms_, space.at.room_id);
    if (!look || !shown(*look)) return;
    space.children = look->children(request_.suggested_only);
    if (space.at.begun) {
      std::erase_if(space.children, [&](const SpaceChild& child) { return child.place <= space.at.last; });
    }
    std::ranges::reverse(space.children);
  }

  void take_next() {
    auto& space = open_.back();
    const auto child = std::move(space.children.back());
    space.children.pop_back();
    space.at.last = child.place;
    space.at.begun = true;
    const auto depth = space.at.depth + 1;
    auto look = RoomLook::find(connection_, rooms_, child.place.room_id);
    if (!look || std::ranges::binary_search(seen_, look->num()) || !shown(*look)) return;
    show(*look, child.place.room_id, depth);
  }

  void show(RoomLook& look, const std::string& room_id, std::int64_t depth) {
    seen_.insert(std::ranges::upper_bound(seen_, look.num()), look.num());
    auto& room = page_.emplace_back(HierarchyRoom{.card = look.card(), .children_state = {}});
    if (!look.is_space()) return;
    auto children = look.children(request_.suggested_only);
    for (const auto& child : children) room.children_state.push_back(stripped(*child.event));
    if (depth >= request_.max_depth) return;
    std::ranges::reverse(children);
    open_.push_back({.at = {.room_id = room_id, .depth = depth, .last = {}, .begun = false},
                     .children = std::move(children),
                     .loaded = true});
  }

  store::Connection& connection_;
  const memory::Rooms& rooms_;
  const HierarchyRequest& request_;
  std::vector<Open> open_;  ///< from the root down
  std::vector<memory::RoomNum> seen_;
  std::vector<HierarchyRoom> page_;
};

}  // namespace

Task<HierarchyPage> Hierarchy::page(HierarchyRequest request) {
  WalkPtr before;
  if (!request.from.empty()) {
    before = walks_.find(request.from);
    if (!before || before->request != request_key(request)) {
      co_return Error(Errc::invalid_param,
                      "from is not known here (any more), or of a request with other parameters: begin without it.");
    }
  }
  auto read = [&](store::Connection& connection) -> Result<HierarchyPage> {
    Walker walker(connection, rooms_, request, before.get());
    TRY(walker.begin());
    HierarchyPage page;
    const bool more = walker.walk();
    page.rooms = walker.take_page();
    if (more) page.next_batch = walks_.keep(request.user_id, walker.rest());
    return page;
  };
  co_return co_await db_.read(read);
}

}  // namespace troupe::homeserver::spaces
