// Rooms that somebody is invited to, or knocks at: what they are shown from outside.
#include "base/mutex.h"
#include "homeserver/sync/sync_room.h"
#include "matrix/json_out.h"

namespace troupe::homeserver::sync {

std::vector<memory::StoredEventPtr> stripped_state(const memory::Room& room, std::string_view user_id) {
  static constexpr std::string_view kTypes[] = {
      "m.room.create",          "m.room.name",       "m.room.avatar", "m.room.topic", "m.room.join_rules",
      "m.room.canonical_alias", "m.room.encryption",
  };
  std::vector<memory::StoredEventPtr> events;
  const base::ReadLock lock(room.mutex());
  for (const auto type : kTypes) {
    if (auto stored = room.state_event(type, "")) events.push_back(std::move(stored));
  }
  if (auto own = room.state_event(kMember, user_id)) {
    auto inviter = room.state_event(kMember, own->event->sender);
    if (inviter && inviter->pos != own->pos) events.push_back(std::move(inviter));
    events.push_back(std::move(own));
  }
  return events;
}

SyncRoomOutcome append_stripped_room(std::string& out, const SyncFrame& frame, const SyncRoomInput& input,
                                     std::string_view state_key) {
  if (input.member_pos > frame.upto) return {};
  const auto events = stripped_state(*input.room, frame.recipient.user_id);
  const auto last = events.empty() ? memory::StoredEventPtr() : events.back();  // their own membership
  const bool by_another = last && last->event->type == kMember && last->event->sender != frame.recipient.user_id;
  if (by_another && frame.recipient.settings->hides_invite_of(last->event->sender)) return {};
  matrix::append_separator(out);
  matrix::append_json_string(out, input.room->id());
  out += ":{\"";
  out += state_key;
  out += "\":{\"events\":[";
  for (const auto& stored : events) {
    matrix::append_separator(out);
    append_stripped_event(out, *stored->event);
  }
  out += "]}}";
  SyncRoomOutcome outcome;
  outcome.shown = true;
  return outcome;
}

}  // namespace troupe::homeserver::sync
