// The `presence` section of a /sync answer (Client-Server API #presence).
#pragma once
#include <set>
#include <string>

#include "homeserver/account_data/account_data.h"
#include "homeserver/memory/users.h"
#include "homeserver/sync/filter.h"
#include "homeserver/sync/presence_feed.h"

namespace troupe::homeserver::sync {

struct PresenceQuery {
  const memory::UserView& user;
  const account_data::UserSettings& settings;
  const EventFilter& filter;
  bool initial = false;     ///< everybody who is there, in place of who changed
  std::uint64_t since = 0;  ///< changes with since < number <= upto
  std::uint64_t upto = 0;
  const std::set<std::string>& newly_shared;  ///< shown when they are there
};

/// How many an answer shows, also when the filter's limit is higher; of changes the newest.
inline constexpr std::size_t kMaxPresenceEvents = 5'000;

/// Appends `,"presence":{"events":[…]}`; nothing when there is nobody to tell of. Shown are the user and those who are
/// in a room with them now, whatever the filter names. Yields whether something was appended.
bool append_presence(std::string& out, const PresenceFeed& feed, const PresenceQuery& query);

/// The members of an m.presence event's content, as GET /presence/{userId}/status shows them, too.
matrix::JsonObject presence_content(const PresenceState& state);

}  // namespace troupe::homeserver::sync
