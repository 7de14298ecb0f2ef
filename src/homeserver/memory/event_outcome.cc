#include "homeserver/memory/event_outcome.h"

#include <algorithm>

#include "matrix/glob.h"

namespace troupe::homeserver::memory {
namespace {

std::vector<std::string_view> mentioned_users(const matrix::JsonObject& mentions, std::string_view sender) {
  std::vector<std::string_view> users;
  const auto* ids = matrix::find_array(mentions, "user_ids");
  if (!ids) return users;
  for (const auto& id : *ids) {
    if (users.size() == kMaxMentions) break;
    if (!id.is_string()) continue;
    auto user = matrix::view(id.get_string());
    if (user != sender && std::ranges::find(users, user) == users.end()) users.push_back(user);
  }
  return users;
}

/// Without m.mentions the body says whom an event is for (#mrulecontains_display_name and its like).
std::string_view body_with_names(const matrix::Event& event) {
  if (matrix::find_object(event.content, "m.mentions")) return {};
  return matrix::find_string(event.content, "body").value_or("");
}

/// The rules below the mention rules, in their order.
bool notifies_everybody(const matrix::Event& event, bool is_edit) {
  if (event.type == "m.reaction" || is_edit) return false;
  return event.type == "m.room.message" || event.type == "m.room.encrypted" || event.type == "m.call.invite";
}

}  // namespace

EventOutcome outcome_of(const matrix::Event& event, const std::function<bool()>& may_notify_room) {
  EventOutcome outcome;
  if (event.is_state()) outcome.flags |= kIsState;
  auto relation = relation_of(event.content);
  bool is_edit = relation && relation->rel_type == "m.replace" && !event.is_state();
  if (is_edit) outcome.flags |= kIsEdit;
  if (relation && relation->rel_type == "m.thread") outcome.flags |= kInThread;

  if (event.type == "m.room.message" && matrix::find_string(event.content, "msgtype") == "m.notice") return outcome;
  if (event.type == "m.room.member" && event.is_state()) {
    if (matrix::find_string(event.content, "membership") == "invite" && *event.state_key != event.sender)
      outcome.invited = *event.state_key;
    return outcome;
  }
  if (const auto* mentions = matrix::find_object(event.content, "m.mentions")) {
    outcome.mentions = mentioned_users(*mentions, event.sender);
    if (matrix::find_bool(*mentions, "room").value_or(false) && may_notify_room())
      outcome.flags |= kNotifies | kHighlightsRoom;
  }
  const auto body = body_with_names(event);
  if (matrix::glob_matches_words("@room", body) && may_notify_room()) outcome.flags |= kNotifies | kHighlightsRoom;
  if (event.type == "m.room.tombstone" && event.state_key == "") outcome.flags |= kNotifies | kHighlightsRoom;
  if (notifies_everybody(event, is_edit)) outcome.flags |= kNotifies;
  if ((outcome.flags & kNotifies) == 0 && (!body.empty() || !outcome.mentions.empty())) outcome.flags |= kMayName;
  return outcome;
}

}  // namespace troupe::homeserver::memory
