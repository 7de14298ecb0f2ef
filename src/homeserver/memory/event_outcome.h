// What a new event does to unread counts under the predefined push rules: worked out once per event, not per member.
#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include "homeserver/memory/event_store.h"

namespace troupe::homeserver::memory {

/// Mentions beyond this many in one event are not counted.
inline constexpr std::size_t kMaxMentions = 200;

struct EventOutcome {
  std::uint32_t flags = 0;  ///< EventFlags
  /// Whom m.mentions names, at most kMaxMentions, without the sender. Not yet checked for membership. Borrowed.
  std::vector<std::string_view> mentions;
  /// The target of an invite: notified of it, not highlighted. Borrowed.
  std::string_view invited;
};

/// `may_notify_room` is asked only when the event wants to notify the whole room: has the sender the level for it?
/// Client-Server API #predefined-rules.
EventOutcome outcome_of(const matrix::Event& event, const std::function<bool()>& may_notify_room);

}  // namespace troupe::homeserver::memory
