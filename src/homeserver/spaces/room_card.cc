#include "homeserver/spaces/room_card.h"

#include <algorithm>
#include <limits>

#include "base/mutex.h"

namespace troupe::homeserver::spaces {
namespace {

constexpr StreamPos kNow = std::numeric_limits<StreamPos>::max();
constexpr std::string_view kChild = "m.space.child";
constexpr std::string_view kJoinRules = "m.room.join_rules";
constexpr std::size_t kMaxAllowedRooms = 100;
constexpr std::size_t kMaxOrderBytes = 50;

bool is_restricted(std::string_view join_rule) { return join_rule == "restricted" || join_rule == "knock_restricted"; }

/// Who is outside may come in, or ask to.
bool is_open_rule(std::string_view join_rule) {
  return join_rule == "public" || join_rule == "knock" || join_rule == "knock_restricted";
}

bool is_order(std::string_view text) {
  return text.size() <= kMaxOrderBytes && std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7e; });
}

SpaceChild child_of(const memory::StoredEventPtr& stored) {
  const auto order = matrix::find_string(stored->event->content, "order");
  const bool ordered = order && is_order(*order);
  return {.place = {.unordered = !ordered,
                    .order = std::string(ordered ? *order : std::string_view()),
                    .ts_ms = stored->event->origin_server_ts,
                    .room_id = *stored->event->state_key},
          .event = stored};
}

}  // namespace

std::optional<RoomLook> RoomLook::find(store::Connection& connection, const memory::Rooms& rooms,
                                       std::string_view room_id) {
  auto row = memory::event_store::find_room(connection, room_id);
  if (!row) return std::nullopt;
  auto room = rooms.find(row->room);
  return RoomLook(connection, *std::move(row), std::move(room));
}

memory::StoredEventPtr RoomLook::state(std::string_view type) {
  if (!room_) return memory::event_store::state_entry_at(connection_, row_.room, kNow, type, "");
  const base::ReadLock lock(room_->mutex());
  return room_->state_event(type, "");
}

std::string RoomLook::text(std::string_view type, std::string_view key) {
  const auto stored = state(type);
  return stored ? std::string(matrix::find_string(stored->event->content, key).value_or("")) : std::string();
}

bool RoomLook::is_space() { return text("m.room.create", "type") == "m.space"; }

std::string RoomLook::membership_of(std::string_view user_id) {
  return memory::event_store::membership_in(connection_, user_id, row_.room_id);
}

std::vector<std::string> RoomLook::allowed_rooms() {
  std::vector<std::string> found;
  const auto rules = state(kJoinRules);
  const auto* allow = rules ? matrix::find_array(rules->event->content, "allow") : nullptr;
  if (!allow) return found;
  for (const auto& item : *allow) {
    if (found.size() == kMaxAllowedRooms) break;
    const auto* condition = item.if_object();
    if (!condition || matrix::find_string(*condition, "type") != "m.room_membership") continue;
    if (const auto room_id = matrix::find_string(*condition, "room_id")) found.emplace_back(*room_id);
  }
  return found;
}

bool RoomLook::shown_to(std::optional<std::string_view> user_id) {
  const auto membership = user_id ? membership_of(*user_id) : std::string();
  if (membership == "join") return true;
  if (row_.blocked) return false;
  if (text("m.room.history_visibility", "history_visibility") == "world_readable") return true;
  if (membership == "ban") return false;
  const auto join_rule = text(kJoinRules, "join_rule");
  if (membership == "invite" || is_open_rule(join_rule)) return true;
  if (!user_id || !is_restricted(join_rule)) return false;
  return std::ranges::any_of(allowed_rooms(), [&](const std::string& room_id) {
    return memory::event_store::membership_in(connection_, *user_id, room_id) == "join";
  });
}

std::int64_t RoomLook::joined_count() {
  if (!room_) return memory::event_store::count_members(connection_, row_.room, "join");
  const base::ReadLock lock(room_->mutex());
  return static_cast<std::int64_t>(room_->joined_count());
}

RoomCard RoomLook::card() {
  RoomCard card{.room_id = row_.room_id,
                .num_joined_members = joined_count(),
                .name = text("m.room.name", "name"),
                .topic = text("m.room.topic", "topic"),
                .canonical_alias = text("m.room.canonical_alias", "alias"),
                .avatar_url = text("m.room.avatar", "url"),
                .room_type = text("m.room.create", "type"),
                .join_rule = text(kJoinRules, "join_rule"),
                .world_readable = text("m.room.history_visibility", "history_visibility") == "world_readable",
                .guest_can_join = text("m.room.guest_access", "guest_access") == "can_join",
                .encryption = text("m.room.encryption", "algorithm"),
                .room_version = row_.version,
                .allowed_room_ids = {},
                .membership = {}};
  if (card.join_rule.empty()) card.join_rule = "invite";  // what a room without the event means
  if (is_restricted(card.join_rule)) card.allowed_room_ids = allowed_rooms();
  return card;
}

std::vector<SpaceChild> RoomLook::children(bool suggested_only) {
  std::vector<memory::StoredEventPtr> entries;
  if (room_) {
    const base::ReadLock lock(room_->mutex());
    const auto found = room_->other_state().find(kChild);
    if (found != room_->other_state().end()) {
      for (const auto& [key, stored] : found->second) entries.push_back(stored);
    }
  } else {
    entries = memory::event_store::state_at(connection_, row_.room, kNow, kChild);
  }
  std::vector<SpaceChild> children;
  for (const auto& stored : entries) {
    const auto& content = stored->event->content;
    if (!matrix::find_array(content, "via")) continue;
    if (suggested_only && !matrix::find_bool(content, "suggested").value_or(false)) continue;
    children.push_back(child_of(stored));
  }
  std::ranges::sort(children, {}, &SpaceChild::place);
  if (children.size() > kMaxChildren) children.resize(kMaxChildren);
  return children;
}

}  // namespace troupe::homeserver::spaces
