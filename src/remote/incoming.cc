#include "remote/incoming.h"

namespace troupe::remote {
namespace {

constexpr std::size_t kMaxIdBytes = 512;

const matrix::JsonArray* events_of(const matrix::JsonObject& room, std::string_view part) {
  const auto* holder = matrix::find_object(room, part);
  return holder ? matrix::find_array(*holder, "events") : nullptr;
}

void add_timeline(SyncAnswer& out, const matrix::JsonObject& room, std::string_view room_id) {
  const auto* events = events_of(room, "timeline");
  if (!events) return;
  for (const auto& event : *events) {
    if (!event.is_object()) continue;
    if (auto read = read_event(event.get_object(), room_id)) out.events.push_back(*std::move(read));
  }
  const auto& timeline = *matrix::find_object(room, "timeline");
  if (!matrix::find_bool(timeline, "limited").value_or(false)) return;
  if (auto before = matrix::find_string(timeline, "prev_batch")) {
    out.gaps.push_back({.room_id = std::string(room_id), .before = std::string(*before)});
  }
}

/// Invites come as stripped state, which has no event ids: the batch that brought one makes it unique.
void add_invite(SyncAnswer& out, const matrix::JsonObject& room, std::string_view room_id, std::string_view user_id) {
  const auto* events = events_of(room, "invite_state");
  if (!events) return;
  for (const auto& value : *events) {
    if (!value.is_object()) continue;
    const auto& event = value.get_object();
    if (matrix::find_string(event, "type") != "m.room.member" || matrix::find_string(event, "state_key") != user_id) {
      continue;
    }
    matrix::FeedEvent invite{.pos = 0,
                             .room_id = std::string(room_id),
                             .event_id = {},
                             .type = "m.room.member",
                             .sender = std::string(matrix::find_string(event, "sender").value_or("")),
                             .state_key = std::string(user_id),
                             .origin_server_ts = matrix::find_integer(event, "origin_server_ts").value_or(0),
                             .content = {}};
    if (const auto* content = matrix::find_object(event, "content")) invite.content = *content;
    out.events.push_back({.key = "invite " + std::string(user_id) + " " + std::string(room_id) + " " + out.next_batch,
                          .event = std::move(invite)});
  }
}

}  // namespace

std::optional<Incoming> read_event(const matrix::JsonObject& event, std::string_view room_id) {
  const auto id = matrix::find_string(event, "event_id");
  const auto type = matrix::find_string(event, "type");
  const auto sender = matrix::find_string(event, "sender");
  const auto* content = matrix::find_object(event, "content");
  const auto room = matrix::find_string(event, "room_id").value_or(room_id);
  if (!id || !type || !sender || !content || room.empty() || id->empty() || id->size() > kMaxIdBytes ||
      type->size() > kMaxIdBytes || sender->size() > kMaxIdBytes || room.size() > kMaxIdBytes) {
    return std::nullopt;
  }
  Incoming out{.key = std::string(*id), .event = {}};
  out.event = {.pos = 0,
               .room_id = std::string(room),
               .event_id = std::string(*id),
               .type = std::string(*type),
               .sender = std::string(*sender),
               .state_key = std::nullopt,
               .origin_server_ts = matrix::find_integer(event, "origin_server_ts").value_or(0),
               .content = *content};
  if (auto key = matrix::find_string(event, "state_key")) out.event.state_key = std::string(*key);
  // Redactions name their target outside the content up to room version 10: the feed always finds it inside.
  if (*type == "m.room.redaction" && !out.event.content.contains("redacts")) {
    if (auto target = matrix::find_string(event, "redacts")) out.event.content["redacts"] = *target;
  }
  return out;
}

Result<SyncAnswer> read_sync(const matrix::JsonObject& answer, std::string_view user_id, bool first) {
  const auto next = matrix::find_string(answer, "next_batch");
  if (!next || next->empty()) {
    return Error(Errc::unavailable, "The homeserver's answer to /sync has no next_batch.");
  }
  SyncAnswer out;
  out.next_batch = *next;
  const auto* rooms = matrix::find_object(answer, "rooms");
  if (!rooms) return out;
  for (const auto part : {"join", "leave"}) {
    const auto* some = first ? nullptr : matrix::find_object(*rooms, part);
    if (!some) continue;
    for (const auto& [room_id, room] : *some) {
      if (room.is_object()) add_timeline(out, room.get_object(), room_id);
    }
  }
  if (const auto* invites = matrix::find_object(*rooms, "invite")) {
    for (const auto& [room_id, room] : *invites) {
      if (room.is_object()) add_invite(out, room.get_object(), room_id, user_id);
    }
  }
  return out;
}

}  // namespace troupe::remote
