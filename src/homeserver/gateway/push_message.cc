// What is said to devices: the whole notification while it fits, else what is needed to fetch the event.
#include <boost/json/serialize.hpp>

#include "homeserver/gateway/push_gateway.h"
#include "homeserver/gateway/web_push_message.h"

namespace troupe::homeserver::gateway {
namespace {

using matrix::JsonObject;

constexpr auto kEventMembers = {"room_id", "room_name", "room_alias", "membership",          "event_id",
                                "sender",  "type",      "content",    "sender_display_name", "user_is_target"};

bool says_something(const matrix::Json& value) {
  if (value.is_null()) return false;
  if (const auto* text = value.if_string()) return !text->empty();
  if (const auto* flag = value.if_bool()) return *flag;
  return true;
}

/// What may go, the least needed first.
template <class Write>
std::string shortened(JsonObject& object, std::size_t most, const Write& write) {
  for (const auto* member : {"", "content", "room_name", "room_alias", "sender_display_name", "sender", "type"}) {
    object.erase(member);
    auto text = write(object);
    if (text.size() <= most) return text;
  }
  return {};
}

}  // namespace

std::string unified_body(JsonObject notification) {
  notification.erase("devices");
  const auto write = [](const JsonObject& object) {
    return boost::json::serialize(JsonObject{{"notification", object}});
  };
  if (auto text = shortened(notification, kMaxMessageBytes, write); !text.empty()) return text;
  JsonObject least;
  for (const auto* member : {"event_id", "room_id", "counts", "prio"})
    if (const auto* value = matrix::find(notification, member)) least[member] = *value;
  auto text = write(least);
  return text.size() <= kMaxMessageBytes ? text : std::string();
}

std::string web_body(const JsonObject& notification, const JsonObject& data) {
  JsonObject payload;
  if (const auto* given = matrix::find_object(data, "default_payload")) payload = *given;
  for (const auto* member : kEventMembers) {
    const auto* value = matrix::find(notification, member);
    if (value && says_something(*value)) payload[member] = *value;
  }
  if (const auto* counts = matrix::find_object(notification, "counts")) {
    for (const auto* member : {"unread", "missed_calls"})
      if (const auto* count = matrix::find(*counts, member)) payload[member] = *count;
  }
  return shortened(payload, kMaxPlainBytes, [](const JsonObject& object) { return boost::json::serialize(object); });
}

}  // namespace troupe::homeserver::gateway
