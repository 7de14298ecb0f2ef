#include "homeserver/sync/push_outcome.h"

#include "homeserver/memory/committed_state.h"

namespace troupe::homeserver::sync {

PushOutcomes::PushOutcomes(const memory::RoomPtr& room, const std::string& user_id,
                           account_data::UserSettingsPtr settings)
    : user_id_(user_id), settings_(std::move(settings)) {
  const base::ReadLock lock(room->mutex());
  const auto member = room->state_event("m.room.member", user_id);
  if (member) display_name_ = matrix::find_string(member->event->content, "displayname").value_or("");
  joined_members_ = room->joined_count();
  if (!custom()) return;
  levels_.emplace(room->version(), memory::CommittedState(*room));
  hears_quiet_events_ = matrix::may_notify_of_quiet_events(*settings_->push_rules, room->id());
}

matrix::PushRoom PushOutcomes::room_for(const memory::StoredEvent& stored) const {
  if (levels_) {
    return {.joined_members = joined_members_,
            .sender_power = levels_->user(stored.event->sender),
            .notification_room_level = levels_->notification_room()};
  }
  // Whether the sender may address the whole room was settled when the event came in.
  return {.joined_members = joined_members_,
          .sender_power = (stored.flags & memory::kHighlightsRoom) != 0 ? 1 : 0,
          .notification_room_level = 1};
}

/// Whether it invites the user, who wants to hear of no invitations.
bool PushOutcomes::is_unwanted_invite(const matrix::Event& event) const {
  return settings_->blocks_invite_of(event.sender) && event.type == "m.room.member" && event.state_key == user_id_ &&
         matrix::find_string(event.content, "membership") == "invite";
}

matrix::PushOutcome PushOutcomes::of(const memory::StoredEvent& stored) const {
  if (settings_->ignores(stored.event->sender) || is_unwanted_invite(*stored.event)) return {};
  const auto room = room_for(stored);
  if (!custom()) return matrix::DefaultPush(*stored.event, room).outcome(user_id_, display_name_);
  return matrix::evaluate_push_rules(*settings_->push_rules, *stored.event, user_id_, display_name_, room);
}

matrix::JsonArray PushOutcomes::actions(const memory::StoredEvent& stored) const {
  const auto own = settings_->push_rules;
  const auto predefined = own ? matrix::JsonObject() : matrix::default_push_rules(user_id_);
  const auto* rule =
      matrix::find_matching_rule(own ? *own : predefined, *stored.event, user_id_, display_name_, room_for(stored));
  const auto* actions = rule ? matrix::find_array(*rule, "actions") : nullptr;
  return actions ? *actions : matrix::JsonArray();
}

}  // namespace troupe::homeserver::sync
