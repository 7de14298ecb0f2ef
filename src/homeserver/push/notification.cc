#include "homeserver/push/notification.h"

#include <algorithm>
#include <boost/json/parse.hpp>

namespace troupe::homeserver::push {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

/// What makes a noise, or cannot be judged here, goes out at once; the rest may wait for the battery's sake.
bool is_urgent(const NotifiedEvent& notified) {
  return notified.highlight || !notified.sound.empty() || notified.event->type == "m.room.encrypted";
}

void add_event(JsonObject& out, const NotifiedEvent& notified, std::string_view user_id) {
  const auto& event = *notified.event;
  out["type"] = event.type;
  out["sender"] = event.sender;
  if (!notified.sender_name.empty()) out["sender_display_name"] = notified.sender_name;
  if (!notified.room_name.empty()) out["room_name"] = notified.room_name;
  if (!notified.room_alias.empty()) out["room_alias"] = notified.room_alias;
  if (event.type == "m.room.member" && event.state_key) out["user_is_target"] = *event.state_key == user_id;
  out["content"] = event.content;
}

}  // namespace

Result<Gateway> gateway_of(const PusherKey& key, const PusherState& state) {
  TRY(const auto shown, matrix::parse_json(state.json));
  const auto* data = shown.is_object() ? matrix::find_object(shown.get_object(), "data") : nullptr;
  const auto url = data ? matrix::find_string(*data, "url") : std::nullopt;
  if (!url) return Error(Errc::internal, "A stored pusher has no address.");
  Gateway gateway{.url = std::string(*url),
                  .event_id_only = matrix::find_string(*data, "format") == "event_id_only",
                  .device = {{"app_id", key.app_id}, {"pushkey", key.pushkey}, {"pushkey_ts", state.made_ms / 1000}}};
  auto shared = *data;
  shared.erase("url");
  if (!shared.empty()) gateway.device["data"] = std::move(shared);
  return gateway;
}

JsonObject notification_of(const Gateway& gateway, const NotifiedEvent& notified, std::string_view user_id,
                           std::int64_t unread) {
  JsonObject notification;
  auto device = gateway.device;
  if (notified.event) {
    notification["event_id"] = notified.event->event_id;
    notification["room_id"] = notified.event->room_id;
    notification["prio"] = is_urgent(notified) ? "high" : "low";
    if (!gateway.event_id_only) {
      add_event(notification, notified, user_id);
      JsonObject tweaks;
      if (!notified.sound.empty()) tweaks["sound"] = notified.sound;
      if (notified.highlight) tweaks["highlight"] = true;
      device["tweaks"] = std::move(tweaks);
    }
  }
  // No count of missed calls: nothing here says which calls were answered elsewhere.
  notification["counts"] = JsonObject{{"unread", unread}};
  notification["devices"] = JsonArray{std::move(device)};
  return notification;
}

bool rejects(std::string_view body, std::string_view pushkey) {
  boost::system::error_code broken;
  const auto parsed = boost::json::parse(body, broken);
  const auto* answer = broken ? nullptr : parsed.if_object();
  const auto* rejected = answer ? matrix::find_array(*answer, "rejected") : nullptr;
  return rejected && std::ranges::any_of(*rejected, [&](const matrix::Json& item) {
           const auto* key = item.if_string();
           return key && matrix::view(*key) == pushkey;
         });
}

std::string default_sound(const memory::StoredEvent& stored, bool highlight, std::size_t joined_members) {
  const auto& event = *stored.event;
  if (event.type == "m.call.invite") return "ring";
  if (highlight) return (stored.flags & memory::kHighlightsRoom) != 0 ? "" : "default";
  if (event.type == "m.room.member") return "default";
  return joined_members == 2 && !event.is_state() ? "default" : "";
}

std::string sound_of(const JsonArray& actions) {
  for (const auto& action : actions) {
    const auto* tweak = action.if_object();
    if (tweak && matrix::find_string(*tweak, "set_tweak") == "sound")
      return std::string(matrix::find_string(*tweak, "value").value_or("default"));
  }
  return {};
}

}  // namespace troupe::homeserver::push
