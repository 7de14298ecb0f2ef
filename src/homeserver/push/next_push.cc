#include "homeserver/push/next_push.h"

namespace troupe::homeserver::push {
namespace {

std::string text_of(const memory::Room& room, std::string_view type, std::string_view state_key, std::string_view key)
    REQUIRES_SHARED(room.mutex()) {
  const auto stored = room.state_event(type, state_key);
  return stored ? std::string(matrix::find_string(stored->event->content, key).value_or("")) : std::string();
}

/// Whether the user may see the event, and has not.
bool is_due(store::Connection& connection, const memory::RoomPtr& room, sync::Receipts& receipts,
            const std::string& user_id, const memory::StoredEvent& stored) {
  if (stored.redacted_by) return false;
  std::string membership;
  {
    const base::ReadLock lock(room->mutex());
    membership = room->membership(user_id);
  }
  if (membership == "invite") return stored.event->type == "m.room.member" && stored.event->state_key == user_id;
  if (membership != "join" || stored.event->state_key == user_id) return false;  // they have accepted it, or left
  const auto floors = receipts.floors(&connection, room, user_id);
  return floors && !floors->cover(stored.pos, sync::thread_of(stored));
}

}  // namespace

std::optional<NextPush> find_next_push(store::Connection& connection, memory::Rooms& rooms, sync::Receipts& receipts,
                                       const PusherKey& key, std::int64_t now_ms) {
  auto row = push_store::first_of(connection, key);
  if (!row) return std::nullopt;
  NextPush next{.kind = NextPush::Kind::cancelled, .row = *std::move(row), .pusher = {}, .notified = {}};
  auto pusher = push_store::find_pusher(connection, key);
  if (!pusher || pusher->paused) {
    next.kind = NextPush::Kind::orphaned;
    return next;
  }
  next.pusher = *std::move(pusher);
  // Who cannot sign in learns nothing by push either.
  if (next.pusher.locked || next.row.made_ms < now_ms - kMaxPushAgeMs) return next;
  if (next.row.room == 0) {
    next.kind = NextPush::Kind::counts;
    return next;
  }
  const auto room = rooms.load(connection, next.row.room);
  const auto stored = memory::event_store::load_event(connection, next.row.pos);
  if (!room || !stored || !is_due(connection, room, receipts, key.user_id, *stored)) return next;
  next.kind = NextPush::Kind::event;
  next.notified.event = stored->event;
  next.notified.highlight = next.row.highlight;
  next.notified.sound = next.row.sound;
  const base::ReadLock lock(room->mutex());
  next.notified.sender_name = text_of(*room, "m.room.member", stored->event->sender, "displayname");
  next.notified.room_name = text_of(*room, "m.room.name", "", "name");
  next.notified.room_alias = text_of(*room, "m.room.canonical_alias", "", "alias");
  return next;
}

}  // namespace troupe::homeserver::push
