#include "remote/ephemeral.h"

#include <algorithm>

namespace troupe::remote {
namespace {

using matrix::Edu;
using matrix::JsonObject;

constexpr std::string_view kPresences[] = {"online", "unavailable", "offline"};

void add_typing(std::vector<Edu>& out, const JsonObject& content, std::string_view room_id) {
  const auto* users = matrix::find_array(content, "user_ids");
  if (!users || room_id.empty()) return;
  matrix::TypingEdu typing{.room_id = std::string(room_id), .user_ids = {}};
  for (const auto& user : *users) {
    if (user.is_string()) typing.user_ids.emplace_back(matrix::view(user.get_string()));
  }
  out.emplace_back(std::move(typing));
}

/// {event: {"m.read": {user: {ts, thread_id}}}}
void add_receipts(std::vector<Edu>& out, const JsonObject& content, std::string_view room_id) {
  if (room_id.empty()) return;
  for (const auto& [event_id, kinds] : content) {
    const auto* readers = kinds.is_object() ? matrix::find_object(kinds.get_object(), "m.read") : nullptr;
    if (!readers) continue;
    for (const auto& [user_id, mark] : *readers) {
      if (!mark.is_object()) continue;
      out.emplace_back(
          matrix::ReceiptEdu{.room_id = std::string(room_id),
                             .user_id = std::string(user_id),
                             .event_id = std::string(event_id),
                             .thread_id = std::string(matrix::find_string(mark.get_object(), "thread_id").value_or("")),
                             .ts_ms = matrix::find_integer(mark.get_object(), "ts").value_or(0)});
    }
  }
}

void add_presence(std::vector<Edu>& out, const JsonObject& event, const JsonObject& content) {
  const auto sender = matrix::find_string(event, "sender");
  const auto presence = matrix::find_string(content, "presence");
  if (!sender || !presence || std::ranges::find(kPresences, *presence) == std::end(kPresences)) return;
  out.emplace_back(
      matrix::PresenceEdu{.user_id = std::string(*sender),
                          .presence = std::string(*presence),
                          .status_msg = std::string(matrix::find_string(content, "status_msg").value_or(""))});
}

}  // namespace

std::vector<Edu> read_ephemeral(const matrix::JsonArray& events, std::string_view room_id) {
  std::vector<Edu> out;
  for (const auto& value : events) {
    if (!value.is_object()) continue;
    const auto& event = value.get_object();
    const auto type = matrix::find_string(event, "type");
    const auto* content = matrix::find_object(event, "content");
    if (!type || !content) continue;
    const auto room = matrix::find_string(event, "room_id").value_or(room_id);
    if (*type == "m.typing") {
      add_typing(out, *content, room);
    } else if (*type == "m.receipt") {
      add_receipts(out, *content, room);
    } else if (*type == "m.presence") {
      add_presence(out, event, *content);
    }
  }
  return out;
}

std::vector<Edu> read_sync_ephemeral(const JsonObject& answer) {
  std::vector<Edu> out;
  const auto add = [&out](const JsonObject& holder, std::string_view part, std::string_view room_id) {
    const auto* found = matrix::find_object(holder, part);
    const auto* events = found ? matrix::find_array(*found, "events") : nullptr;
    if (events) std::ranges::move(read_ephemeral(*events, room_id), std::back_inserter(out));
  };
  add(answer, "presence", {});
  const auto* rooms = matrix::find_object(answer, "rooms");
  const auto* joined = rooms ? matrix::find_object(*rooms, "join") : nullptr;
  if (!joined) return out;
  for (const auto& [room_id, room] : *joined) {
    if (room.is_object()) add(room.get_object(), "ephemeral", room_id);
  }
  return out;
}

}  // namespace troupe::remote
