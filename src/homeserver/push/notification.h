// The body of a request to a push gateway, and what its answer says (Push Gateway API #post_matrixpushv1notify).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/push/push_store.h"

namespace troupe::homeserver::push {

/// What is sent of an event; nullptr and empty: no event, only the counts.
struct NotifiedEvent {
  matrix::EventPtr event;
  bool highlight = false;
  std::string sound;  ///< empty: none
  std::string sender_name;
  std::string room_name;
  std::string room_alias;
};

/// Where it goes.
struct Gateway {
  std::string url;
  bool event_id_only = false;
  matrix::JsonObject device;  ///< the one of `devices`, without tweaks
};
/// Errors: internal (no pusher that POST /pushers/set would have taken).
Result<Gateway> gateway_of(const PusherKey& key, const PusherState& state);

/// The member `notification` of the body.
matrix::JsonObject notification_of(const Gateway& gateway, const NotifiedEvent& notified, std::string_view user_id,
                                   std::int64_t unread);

/// Whether a gateway's answer says that the pushkey is of no use any more. Anything but JSON says nothing.
bool rejects(std::string_view body, std::string_view pushkey);

/// The sound of an event for somebody with the predefined rules. Client-Server API #predefined-rules.
std::string default_sound(const memory::StoredEvent& stored, bool highlight, std::size_t joined_members);
/// The sound that a rule's actions ask for.
std::string sound_of(const matrix::JsonArray& actions);

}  // namespace troupe::homeserver::push
